/** How much of something is done, 0…1. */
export function ProgressBar({ label, share }: { label: string; share: number }) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      className="h-2 overflow-hidden rounded-full bg-raised"
    >
      <div className="h-full bg-accent transition-[width] duration-300" style={{ width: `${share * 100}%` }} />
    </div>
  );
}

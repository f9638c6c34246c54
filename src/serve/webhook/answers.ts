/**
 * Answers by idempotency key, so that a sender that lost an answer can ask again without its events being stored twice.
 * Held in memory for an hour, at most 10,000: a retry across a restart of Phosor is stored again.
 */
export class RememberedAnswers<Answer> {
  private readonly answers = new Map<string, { at: number; answer: Promise<Answer> }>();
  private readonly keepMs = 3_600_000;
  private readonly most = 10_000;

  /** The answer given before under this key, also one that is still on its way; else `work`'s. A failure is not remembered. */
  async once(key: string, now: number, work: () => Promise<Answer>): Promise<Answer> {
    const known = this.answers.get(key);
    if (known && now - known.at < this.keepMs) return known.answer;
    const answer = work();
    this.answers.delete(key);
    if (this.answers.size >= this.most) this.answers.delete(this.answers.keys().next().value ?? '');
    this.answers.set(key, { at: now, answer });
    answer.catch(() => this.answers.delete(key));
    return answer;
  }
}

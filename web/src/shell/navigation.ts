import {
  Activity,
  BellRing,
  FileText,
  Ghost,
  Grid3x3,
  History,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  Megaphone,
  Network,
  Radar,
  Radio,
  ScrollText,
  Search,
  Settings,
  ShieldBan,
  Siren,
  Swords,
} from 'lucide-react';

interface Place {
  to:
    | '/'
    | '/alerts'
    | '/incidents'
    | '/decisions'
    | '/playbooks'
    | '/search'
    | '/threats'
    | '/live'
    | '/rules'
    | '/coverage'
    | '/replays'
    | '/network'
    | '/intel'
    | '/decoys'
    | '/reports'
    | '/sources'
    | '/notifications'
    | '/settings';
  name: string;
  icon: LucideIcon;
  /** Second key after `g`. */
  key: string;
  foot?: boolean;
  /** In the bar of phones, which holds four; the others stand behind its fifth, "More". */
  bar?: boolean;
}

/** The rail, the palette and the `g …` keys are made from this list. */
export const places: readonly Place[] = [
  { to: '/', name: 'Overview', icon: LayoutDashboard, key: 'o', bar: true },
  { to: '/alerts', name: 'Alerts', icon: BellRing, key: 'a', bar: true },
  { to: '/incidents', name: 'Incidents', icon: Siren, key: 'i', bar: true },
  { to: '/decisions', name: 'Decisions', icon: ShieldBan, key: 'x' },
  { to: '/playbooks', name: 'Playbooks', icon: ListChecks, key: 'b' },
  { to: '/search', name: 'Search', icon: Search, key: 'f', bar: true },
  { to: '/live', name: 'Live tail', icon: Activity, key: 'l' },
  { to: '/rules', name: 'Rules', icon: ScrollText, key: 'r' },
  { to: '/coverage', name: 'Coverage', icon: Grid3x3, key: 'c' },
  { to: '/threats', name: 'Threats', icon: Swords, key: 't' },
  { to: '/network', name: 'Network', icon: Network, key: 'w' },
  { to: '/replays', name: 'Replays', icon: History, key: 'p' },
  { to: '/decoys', name: 'Decoys', icon: Ghost, key: 'd' },
  { to: '/intel', name: 'Intelligence', icon: Radar, key: 'n' },
  { to: '/reports', name: 'Reports', icon: FileText, key: 'e' },
  { to: '/sources', name: 'Sources', icon: Radio, key: 's', foot: true },
  { to: '/notifications', name: 'Notifications', icon: Megaphone, key: 'm', foot: true },
  { to: '/settings', name: 'Settings', icon: Settings, key: ',', foot: true },
];

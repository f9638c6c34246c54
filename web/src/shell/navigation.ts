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
  /** Not in the bar of phones, which holds no more; reached from the rules there. */
  wide?: boolean;
}

/** The rail, the palette and the `g …` keys are made from this list. */
export const places: readonly Place[] = [
  { to: '/', name: 'Overview', icon: LayoutDashboard, key: 'o' },
  { to: '/alerts', name: 'Alerts', icon: BellRing, key: 'a' },
  { to: '/incidents', name: 'Incidents', icon: Siren, key: 'i', wide: true },
  { to: '/decisions', name: 'Decisions', icon: ShieldBan, key: 'x', wide: true },
  { to: '/playbooks', name: 'Playbooks', icon: ListChecks, key: 'b', wide: true },
  { to: '/search', name: 'Search', icon: Search, key: 'f' },
  { to: '/live', name: 'Live tail', icon: Activity, key: 'l' },
  { to: '/rules', name: 'Rules', icon: ScrollText, key: 'r' },
  { to: '/coverage', name: 'Coverage', icon: Grid3x3, key: 'c' },
  { to: '/threats', name: 'Threats', icon: Swords, key: 't', wide: true },
  { to: '/network', name: 'Network', icon: Network, key: 'w', wide: true },
  { to: '/replays', name: 'Replays', icon: History, key: 'p', wide: true },
  { to: '/decoys', name: 'Decoys', icon: Ghost, key: 'd', wide: true },
  { to: '/intel', name: 'Intelligence', icon: Radar, key: 'n', wide: true },
  { to: '/reports', name: 'Reports', icon: FileText, key: 'e', wide: true },
  { to: '/sources', name: 'Sources', icon: Radio, key: 's', foot: true },
  { to: '/notifications', name: 'Notifications', icon: Megaphone, key: 'm', foot: true, wide: true },
  { to: '/settings', name: 'Settings', icon: Settings, key: ',', foot: true },
];

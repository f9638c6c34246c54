/*
 * ATT&CK Enterprise, version 16: ids, names and tactics of its techniques, and of later versions what public rules use.
 * Facts only, written down for this program.
 * ATT&CK is a registered trademark of The MITRE Corporation.
 */

export const attackVersion = '16';

export interface Tactic {
  /** `TA0001`. */
  id: string;
  name: string;
  /** As Sigma tags and Navigator layers write it: `initial-access`. */
  slug: string;
}

export interface Technique {
  /** `T1110` or `T1110.001`. */
  id: string;
  name: string;
  /** Ids of its tactics, in the order of the matrix. */
  tactics: string[];
}

/** Letter in the table below, id, name; in the order of the matrix. */
const tacticRows = [
  ['R', 'TA0043', 'Reconnaissance'],
  ['D', 'TA0042', 'Resource Development'],
  ['I', 'TA0001', 'Initial Access'],
  ['E', 'TA0002', 'Execution'],
  ['P', 'TA0003', 'Persistence'],
  ['U', 'TA0004', 'Privilege Escalation'],
  ['H', 'TA0005', 'Defense Evasion'],
  ['C', 'TA0006', 'Credential Access'],
  ['V', 'TA0007', 'Discovery'],
  ['L', 'TA0008', 'Lateral Movement'],
  ['G', 'TA0009', 'Collection'],
  ['N', 'TA0011', 'Command and Control'],
  ['X', 'TA0010', 'Exfiltration'],
  ['M', 'TA0040', 'Impact'],
] as const;

/** One technique a line: number, letters of its tactics, name; behind it its sub-techniques, in order from 001. */
const table = `
1595 R Active Scanning: Scanning IP Blocks; Vulnerability Scanning; Wordlist Scanning
1592 R Gather Victim Host Information: Hardware; Software; Firmware; Client Configurations
1589 R Gather Victim Identity Information: Credentials; Email Addresses; Employee Names
1590 R Gather Victim Network Information: Domain Properties; DNS; Network Trust Dependencies; Network Topology; IP Addresses; Network Security Appliances
1591 R Gather Victim Org Information: Determine Physical Locations; Business Relationships; Identify Business Tempo; Identify Roles
1598 R Phishing for Information: Spearphishing Service; Spearphishing Attachment; Spearphishing Link; Spearphishing Voice
1597 R Search Closed Sources: Threat Intel Vendors; Purchase Technical Data
1596 R Search Open Technical Databases: DNS/Passive DNS; WHOIS; Digital Certificates; CDNs; Scan Databases
1593 R Search Open Websites/Domains: Social Media; Search Engines; Code Repositories
1594 R Search Victim-Owned Websites
1650 D Acquire Access
1583 D Acquire Infrastructure: Domains; DNS Server; Virtual Private Server; Server; Botnet; Web Services; Serverless; Malvertising
1586 D Compromise Accounts: Social Media Accounts; Email Accounts; Cloud Accounts
1584 D Compromise Infrastructure: Domains; DNS Server; Virtual Private Server; Server; Botnet; Web Services; Serverless; Network Devices
1587 D Develop Capabilities: Malware; Code Signing Certificates; Digital Certificates; Exploits
1585 D Establish Accounts: Social Media Accounts; Email Accounts; Cloud Accounts
1588 D Obtain Capabilities: Malware; Tool; Code Signing Certificates; Digital Certificates; Exploits; Vulnerabilities; Artificial Intelligence
1608 D Stage Capabilities: Upload Malware; Upload Tool; Install Digital Certificate; Drive-by Target; Link Target; SEO Poisoning
1659 IN Content Injection
1189 I Drive-by Compromise
1190 I Exploit Public-Facing Application
1133 IP External Remote Services
1200 I Hardware Additions
1566 I Phishing: Spearphishing Attachment; Spearphishing Link; Spearphishing via Service; Spearphishing Voice
1091 IL Replication Through Removable Media
1195 I Supply Chain Compromise: Compromise Software Dependencies and Development Tools; Compromise Software Supply Chain; Compromise Hardware Supply Chain
1199 I Trusted Relationship
1078 IPUH Valid Accounts: Default Accounts; Domain Accounts; Local Accounts; Cloud Accounts
1651 E Cloud Administration Command
1059 E Command and Scripting Interpreter: PowerShell; AppleScript; Windows Command Shell; Unix Shell; Visual Basic; Python; JavaScript; Network Device CLI; Cloud API; AutoHotKey & AutoIT; Lua
1609 E Container Administration Command
1610 EH Deploy Container
1203 E Exploitation for Client Execution
1559 E Inter-Process Communication: Component Object Model; Dynamic Data Exchange; XPC Services
1106 E Native API
1053 EPU Scheduled Task/Job: -; At; Cron; -; Scheduled Task; Systemd Timers; Container Orchestration Job
1648 E Serverless Execution
1129 E Shared Modules
1072 EL Software Deployment Tools
1569 E System Services: Launchctl; Service Execution
1204 E User Execution: Malicious Link; Malicious File; Malicious Image
1047 E Windows Management Instrumentation
1098 PU Account Manipulation: Additional Cloud Credentials; Additional Email Delegate Permissions; Additional Cloud Roles; SSH Authorized Keys; Device Registration; Additional Container Cluster Roles; Additional Local or Domain Groups
1197 PH BITS Jobs
1547 PU Boot or Logon Autostart Execution: Registry Run Keys / Startup Folder; Authentication Package; Time Providers; Winlogon Helper DLL; Security Support Provider; Kernel Modules and Extensions; Re-opened Applications; LSASS Driver; Shortcut Modification; Port Monitors; -; Print Processors; XDG Autostart Entries; Active Setup; Login Items
1037 PU Boot or Logon Initialization Scripts: Logon Script (Windows); Login Hook; Network Logon Script; RC Scripts; Startup Items
1176 P Browser Extensions
1554 P Compromise Host Software Binary
1136 P Create Account: Local Account; Domain Account; Cloud Account
1543 PU Create or Modify System Process: Launch Agent; Systemd Service; Windows Service; Launch Daemon; Container Service
1546 PU Event Triggered Execution: Change Default File Association; Screensaver; Windows Management Instrumentation Event Subscription; Unix Shell Configuration Modification; Trap; LC_LOAD_DYLIB Addition; Netsh Helper DLL; Accessibility Features; AppCert DLLs; AppInit DLLs; Application Shimming; Image File Execution Options Injection; PowerShell Profile; Emond; Component Object Model Hijacking; Installer Packages; Udev Rules
1574 PUH Hijack Execution Flow: DLL Search Order Hijacking; DLL Side-Loading; -; Dylib Hijacking; Executable Installer File Permissions Weakness; Dynamic Linker Hijacking; Path Interception by PATH Environment Variable; Path Interception by Search Order Hijacking; Path Interception by Unquoted Path; Services File Permissions Weakness; Services Registry Permissions Weakness; COR_PROFILER; KernelCallbackTable; AppDomainManager
1525 P Implant Internal Image
1556 PHC Modify Authentication Process: Domain Controller Authentication; Password Filter DLL; Pluggable Authentication Modules; Network Device Authentication; Reversible Encryption; Multi-Factor Authentication; Hybrid Identity; Network Provider DLL; Conditional Access Policies
1137 P Office Application Startup: Office Template Macros; Office Test; Outlook Forms; Outlook Home Page; Outlook Rules; Add-ins
1653 P Power Settings
1542 PH Pre-OS Boot: System Firmware; Component Firmware; Bootkit; ROMMONkit; TFTP Boot
1505 P Server Software Component: SQL Stored Procedures; Transport Agent; Web Shell; IIS Components; Terminal Services DLL
1205 PHN Traffic Signaling: Port Knocking; Socket Filters
1548 UH Abuse Elevation Control Mechanism: Setuid and Setgid; Bypass User Account Control; Sudo and Sudo Caching; Elevated Execution with Prompt; Temporary Elevated Cloud Access; TCC Manipulation
1134 UH Access Token Manipulation: Token Impersonation/Theft; Create Process with Token; Make and Impersonate Token; Parent PID Spoofing; SID-History Injection
1484 UH Domain or Tenant Policy Modification: Group Policy Modification; Trust Modification
1611 U Escape to Host
1068 U Exploitation for Privilege Escalation
1055 UH Process Injection: Dynamic-link Library Injection; Portable Executable Injection; Thread Execution Hijacking; Asynchronous Procedure Call; Thread Local Storage; -; -; Ptrace System Calls; Proc Memory; -; Extra Window Memory Injection; Process Hollowing; Process Doppelgänging; VDSO Hijacking; ListPlanting
1612 H Build Image on Host
1622 HV Debugger Evasion
1140 H Deobfuscate/Decode Files or Information
1006 H Direct Volume Access
1480 H Execution Guardrails: Environmental Keying; Mutual Exclusion
1211 H Exploitation for Defense Evasion
1222 H File and Directory Permissions Modification: Windows File and Directory Permissions Modification; Linux and Mac File and Directory Permissions Modification
1564 H Hide Artifacts: Hidden Files and Directories; Hidden Users; Hidden Window; NTFS File Attributes; Hidden File System; Run Virtual Instance; VBA Stomping; Email Hiding Rules; Resource Forking; Process Argument Spoofing; Ignore Process Interrupts; File/Path Exclusions
1562 H Impair Defenses: Disable or Modify Tools; Disable Windows Event Logging; Impair Command History Logging; Disable or Modify System Firewall; -; Indicator Blocking; Disable or Modify Cloud Firewall; Disable or Modify Cloud Logs; Safe Mode Boot; Downgrade Attack; Spoof Security Alerting; Disable or Modify Linux Audit System
1656 H Impersonation
1070 H Indicator Removal: Clear Windows Event Logs; Clear Linux or Mac System Logs; Clear Command History; File Deletion; Network Share Connection Removal; Timestomp; Clear Network Connection History and Configurations; Clear Mailbox Data; Clear Persistence; Relocate Malware
1202 H Indirect Command Execution
1036 H Masquerading: Invalid Code Signature; Right-to-Left Override; Rename System Utilities; Masquerade Task or Service; Match Legitimate Name or Location; Space after Filename; Double File Extension; Masquerade File Type; Break Process Trees; Masquerade Account Name
1578 H Modify Cloud Compute Infrastructure: Create Snapshot; Create Cloud Instance; Delete Cloud Instance; Revert Cloud Instance; Modify Cloud Compute Configurations
1666 H Modify Cloud Resource Hierarchy
1112 H Modify Registry
1601 H Modify System Image: Patch System Image; Downgrade System Image
1599 H Network Boundary Bridging: Network Address Translation Traversal
1027 H Obfuscated Files or Information: Binary Padding; Software Packing; Steganography; Compile After Delivery; Indicator Removal from Tools; HTML Smuggling; Dynamic API Resolution; Stripped Payloads; Embedded Payloads; Command Obfuscation; Fileless Storage; LNK Icon Smuggling; Encrypted/Encoded File; Polymorphic Code
1647 H Plist File Modification
1620 H Reflective Code Loading
1207 H Rogue Domain Controller
1014 H Rootkit
1553 H Subvert Trust Controls: Gatekeeper Bypass; Code Signing; SIP and Trust Provider Hijacking; Install Root Certificate; Mark-of-the-Web Bypass; Code Signing Policy Modification
1218 H System Binary Proxy Execution: Compiled HTML File; Control Panel; CMSTP; InstallUtil; Mshta; -; Msiexec; Odbcconf; Regsvcs/Regasm; Regsvr32; Rundll32; Verclsid; Mavinject; MMC; Electron Applications
1216 H System Script Proxy Execution: PubPrn; SyncAppvPublishingServer
1221 H Template Injection
1127 H Trusted Developer Utilities Proxy Execution: MSBuild; ClickOnce
1535 H Unused/Unsupported Cloud Regions
1550 HL Use Alternate Authentication Material: Application Access Token; Pass the Hash; Pass the Ticket; Web Session Cookie
1497 HV Virtualization/Sandbox Evasion: System Checks; User Activity Based Checks; Time Based Evasion
1600 H Weaken Encryption: Reduce Key Space; Disable Crypto Hardware
1220 H XSL Script Processing
1557 CG Adversary-in-the-Middle: LLMNR/NBT-NS Poisoning and SMB Relay; ARP Cache Poisoning; DHCP Spoofing; Evil Twin
1110 C Brute Force: Password Guessing; Password Cracking; Password Spraying; Credential Stuffing
1555 C Credentials from Password Stores: Keychain; Securityd Memory; Credentials from Web Browsers; Windows Credential Manager; Password Managers; Cloud Secrets Management Stores
1212 C Exploitation for Credential Access
1187 C Forced Authentication
1606 C Forge Web Credentials: Web Cookies; SAML Tokens
1056 CG Input Capture: Keylogging; GUI Input Capture; Web Portal Capture; Credential API Hooking
1111 C Multi-Factor Authentication Interception
1621 C Multi-Factor Authentication Request Generation
1040 CV Network Sniffing
1003 C OS Credential Dumping: LSASS Memory; Security Account Manager; NTDS; LSA Secrets; Cached Domain Credentials; DCSync; Proc Filesystem; /etc/passwd and /etc/shadow
1528 C Steal Application Access Token
1649 C Steal or Forge Authentication Certificates
1558 C Steal or Forge Kerberos Tickets: Golden Ticket; Silver Ticket; Kerberoasting; AS-REP Roasting; Ccache Files
1539 C Steal Web Session Cookie
1552 C Unsecured Credentials: Credentials In Files; Credentials in Registry; Bash History; Private Keys; Cloud Instance Metadata API; Group Policy Preferences; Container API; Chat Messages
1087 V Account Discovery: Local Account; Domain Account; Email Account; Cloud Account
1010 V Application Window Discovery
1217 V Browser Information Discovery
1580 V Cloud Infrastructure Discovery
1538 V Cloud Service Dashboard
1526 V Cloud Service Discovery
1619 V Cloud Storage Object Discovery
1613 V Container and Resource Discovery
1652 V Device Driver Discovery
1482 V Domain Trust Discovery
1083 V File and Directory Discovery
1615 V Group Policy Discovery
1654 V Log Enumeration
1046 V Network Service Discovery
1135 V Network Share Discovery
1201 V Password Policy Discovery
1120 V Peripheral Device Discovery
1069 V Permission Groups Discovery: Local Groups; Domain Groups; Cloud Groups
1057 V Process Discovery
1012 V Query Registry
1018 V Remote System Discovery
1518 V Software Discovery: Security Software Discovery
1082 V System Information Discovery
1614 V System Location Discovery: System Language Discovery
1016 V System Network Configuration Discovery: Internet Connection Discovery; Wi-Fi Discovery
1049 V System Network Connections Discovery
1033 V System Owner/User Discovery
1007 V System Service Discovery
1124 V System Time Discovery
1210 L Exploitation of Remote Services
1534 L Internal Spearphishing
1570 L Lateral Tool Transfer
1563 L Remote Service Session Hijacking: SSH Hijacking; RDP Hijacking
1021 L Remote Services: Remote Desktop Protocol; SMB/Windows Admin Shares; Distributed Component Object Model; SSH; VNC; Windows Remote Management; Cloud Services; Direct Cloud VM Connections
1080 L Taint Shared Content
1560 G Archive Collected Data: Archive via Utility; Archive via Library; Archive via Custom Method
1123 G Audio Capture
1119 G Automated Collection
1185 G Browser Session Hijacking
1115 G Clipboard Data
1530 G Data from Cloud Storage
1602 G Data from Configuration Repository: SNMP (MIB Dump); Network Device Configuration Dump
1213 G Data from Information Repositories: Confluence; Sharepoint; Code Repositories; Customer Relationship Management Software; Messaging Applications
1005 G Data from Local System
1039 G Data from Network Shared Drive
1025 G Data from Removable Media
1074 G Data Staged: Local Data Staging; Remote Data Staging
1114 G Email Collection: Local Email Collection; Remote Email Collection; Email Forwarding Rule
1113 G Screen Capture
1125 G Video Capture
1071 N Application Layer Protocol: Web Protocols; File Transfer Protocols; Mail Protocols; DNS; Publish/Subscribe Protocols
1092 N Communication Through Removable Media
1132 N Data Encoding: Standard Encoding; Non-Standard Encoding
1001 N Data Obfuscation: Junk Data; Steganography; Protocol or Service Impersonation
1568 N Dynamic Resolution: Fast Flux DNS; Domain Generation Algorithms; DNS Calculation
1573 N Encrypted Channel: Symmetric Cryptography; Asymmetric Cryptography
1008 N Fallback Channels
1665 N Hide Infrastructure
1105 N Ingress Tool Transfer
1104 N Multi-Stage Channels
1095 N Non-Application Layer Protocol
1571 N Non-Standard Port
1572 N Protocol Tunneling
1090 N Proxy: Internal Proxy; External Proxy; Multi-hop Proxy; Domain Fronting
1219 N Remote Access Software
1102 N Web Service: Dead Drop Resolver; Bidirectional Communication; One-Way Communication
1020 X Automated Exfiltration: Traffic Duplication
1030 X Data Transfer Size Limits
1048 X Exfiltration Over Alternative Protocol: Exfiltration Over Symmetric Encrypted Non-C2 Protocol; Exfiltration Over Asymmetric Encrypted Non-C2 Protocol; Exfiltration Over Unencrypted Non-C2 Protocol
1041 X Exfiltration Over C2 Channel
1011 X Exfiltration Over Other Network Medium: Exfiltration Over Bluetooth
1052 X Exfiltration Over Physical Medium: Exfiltration over USB
1567 X Exfiltration Over Web Service: Exfiltration to Code Repository; Exfiltration to Cloud Storage; Exfiltration to Text Storage Sites; Exfiltration Over Webhook
1029 X Scheduled Transfer
1537 X Transfer Data to Cloud Account
1531 M Account Access Removal
1485 M Data Destruction: Lifecycle-Triggered Deletion
1486 M Data Encrypted for Impact
1565 M Data Manipulation: Stored Data Manipulation; Transmitted Data Manipulation; Runtime Data Manipulation
1491 M Defacement: Internal Defacement; External Defacement
1561 M Disk Wipe: Disk Content Wipe; Disk Structure Wipe
1499 M Endpoint Denial of Service: OS Exhaustion Flood; Service Exhaustion Flood; Application Exhaustion Flood; Application or System Exploitation
1657 M Financial Theft
1495 M Firmware Corruption
1490 M Inhibit System Recovery
1498 M Network Denial of Service: Direct Network Flood; Reflection Amplification
1496 M Resource Hijacking: Compute Hijacking; Bandwidth Hijacking; SMS Pumping; Cloud Service Hijacking
1489 M Service Stop
1529 M System Shutdown/Reboot
`;

/** Of versions after 16. Where those have split Defense Evasion, that is their tactic here. */
const laterTable = `
1059.012 E Hypervisor CLI
1176.001 P Browser Extensions
1204.004 E Malicious Copy and Paste
1219.002 N Remote Desktop Software
1685 H Disable or Modify Tools
1686 H Disable or Modify System Firewall
1686.002 H Network Device Firewall
`;

/** Tactics of later versions, as tags write them. */
const laterSlugs: Readonly<Record<string, string>> = { stealth: 'TA0005', 'defense-impairment': 'TA0005' };

export const tactics: readonly Tactic[] = tacticRows.map(([, id, name]) => ({
  id,
  name,
  slug: name.toLowerCase().replaceAll(' ', '-'),
}));

/** Techniques and their sub-techniques, in the order of the matrix. */
export const techniques: readonly Technique[] = [table, laterTable].flatMap((text) =>
  text.trim().split('\n').flatMap(readRow),
);

/** Id of the tactic that a Sigma tag names (`attack.initial-access`), or null. */
export function tacticOfTag(tag: string): string | null {
  const slug = /^attack\.([a-z_-]+)$/i.exec(tag)?.[1]?.toLowerCase().replaceAll('_', '-');
  if (slug === undefined) return null;
  return tactics.find((tactic) => tactic.slug === slug)?.id ?? laterSlugs[slug] ?? null;
}

const byId = new Map(techniques.map((technique) => [technique.id, technique]));

/** The technique, also where the table does not know it: then with what is known of its parent, or of the rule. */
export function techniqueOf(id: string, ruleTactics: string[]): Technique {
  const known = byId.get(id);
  if (known) return known;
  const parent = byId.get(id.split('.', 1)[0] ?? '');
  return parent ? { ...parent, id } : { id, name: id, tactics: ruleTactics };
}

function readRow(row: string): Technique[] {
  const found = /^(\d{4}(?:\.\d{3})?) ([A-Z]+) ([^:]+)(?:: (.+))?$/.exec(row);
  if (!found) throw new Error(`no technique: ${row}`);
  const [, number = '', letters = '', name = '', subs = ''] = found;
  const own = tacticRows.filter(([letter]) => letters.includes(letter)).map(([, id]) => id);
  const parts = subs === '' ? [] : subs.split('; ');
  return [
    { id: `T${number}`, name, tactics: own },
    // A number that ATT&CK has given up leaves a gap.
    ...parts.flatMap((sub, i) =>
      sub === '-' ? [] : [{ id: `T${number}.${String(i + 1).padStart(3, '0')}`, name: sub, tactics: own }],
    ),
  ];
}

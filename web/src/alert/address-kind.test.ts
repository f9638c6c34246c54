import { expect, test } from 'vitest';
import { addressKind } from './address-kind.ts';

test.each([
  ['198.51.100.23', 'documentation range'],
  ['10.255.0.1', 'private network'],
  ['172.31.255.255', 'private network'],
  ['172.32.0.0', 'public address'],
  ['192.168.1.1', 'private network'],
  ['127.0.0.1', 'loopback: this machine'],
  ['169.254.9.9', 'link-local'],
  ['100.127.0.1', 'carrier-grade NAT'],
  ['100.128.0.1', 'public address'],
  ['239.1.1.1', 'multicast'],
  ['255.255.255.255', 'reserved'],
  ['::1', 'loopback: this machine'],
  ['fd00::1', 'private network'],
  ['fe80::1', 'link-local'],
  ['2001:db8::1', 'documentation range'],
  ['3fff::1', 'documentation range'],
  ['3fff:1000::1', 'public address'],
  ['198.19.0.1', 'range for measurements'],
  ['2606:4700::1111', 'public address'],
  ['256.1.1.1', null],
  ['host.example', null],
  ['', null],
])('%s: %s', (address, kind) => expect(addressKind(address)).toBe(kind));

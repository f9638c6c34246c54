/** Social security numbers and payment cards, decided on digits alone. */

/** Whether area, group and serial are ones that are or were issued (SSA rules since 2011). */
export function isSsn(area: number, group: number, serial: number): boolean {
  return area > 0 && area !== 666 && area < 900 && group > 0 && serial > 0;
}

/** Whether `digits` is a payment card number: a known issuer's prefix and length (ISO/IEC 7812) and a right Luhn digit. */
export function isCard(digits: string): boolean {
  return hasIssuer(digits) && luhn(digits);
}

function hasIssuer(digits: string): boolean {
  const n = digits.length;
  if (n < 13 || n > 19) return false;
  const four = Number(digits.slice(0, 4));
  const two = Math.trunc(four / 100);
  if (two >= 40 && two <= 49) return n === 13 || n === 16 || n === 19; // Visa
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return n === 16; // Mastercard
  if (two === 34 || two === 37) return n === 15; // American Express
  if (two === 65 || four === 6011 || (four >= 6440 && four <= 6499)) return n >= 16; // Discover
  if (two === 62) return n >= 16; // UnionPay
  if (four >= 3528 && four <= 3589) return n >= 16; // JCB
  if (two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059)) return n >= 14; // Diners Club
  return [5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763].includes(four); // Maestro
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i -= 1, double = !double) {
    let d = digits.charCodeAt(i) - 48;
    if (double) {
      d *= 2;
      if (d > 9) d -= 9;
    }
    sum += d;
  }
  return sum % 10 === 0;
}

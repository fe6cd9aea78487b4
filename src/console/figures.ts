/** 231900 → `231,900`, the same in every locale; never `-0`. */
export function grouped(value: number): string {
  return (Math.round(value) + 0).toLocaleString("en-US");
}

/** `ties up 231900 credits` → `ties up 231,900 credits`. Symbols (`X1-AB1-12345`), dates and what follows a decimal point stay. */
export function groupedWithin(text: string): string {
  return text.replace(/(?<![\w.,:]|\w-)\d{4,15}(?![\w-]|,\d)/g, (digits) => grouped(Number(digits)));
}

/** 12.345 → `12.3`; never `-0.0`. */
export function oneDecimal(value: number): string {
  return (Math.round(value * 10) / 10 + 0).toFixed(1);
}

/** 412345 → `412 k`, 950 → `950`, 1234567 → `1.23 M`. */
export function thousands(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000_000) return `${(value / 1_000_000).toFixed(2)} M`;
  if (size >= 1_000) return `${Math.round(value / 1_000)} k`;
  return String(Math.round(value));
}

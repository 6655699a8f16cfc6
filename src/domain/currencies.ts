/** When the table was last compared with list one of ISO 4217 and its amendments (six-group.com): ISO 8601. */
export const ISO_4217 = { lookedUp: '2026-11-30' } as const;

/**
 * Minor-unit exponents of the currencies money can be held in (ISO 4217, list one). Amendment 176 brought XCG for ANG,
 * 170 to 172 SLE for SLL, 177 ZWG for ZWL; HRK and BGN have become the euro. Kept here and not taken from
 * Intl, whose CLDR data gives other exponents for HUF, IDR, IQD and a dozen more. Metals, funds codes and test codes
 * are left out: no payment is made in them.
 */
const CODES_BY_DIGITS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
    CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD
    KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
    NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
    THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
};

const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_DIGITS).flatMap(([digits, codes]) =>
    codes.split(/\s+/).map((code) => [code, Number(digits)] as const),
  ),
);

/** How many decimals the currency's minor unit stands for: 2 for EUR, 0 for JPY, 3 for KWD; undefined if unknown. */
export function minorUnitDigits(currency: string): number | undefined {
  return DIGITS.get(currency);
}

/** Every ISO 4217 code that money can be held in. */
export function currencyCodes(): string[] {
  return [...DIGITS.keys()];
}

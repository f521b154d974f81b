//! What is counted and what is paid with: each a dimension of its own.

/// Counted things: the name that stands in the annotation, and other words for it. The plural in -s is understood.
pub(crate) const COUNTS: [(&str, &str); 47] = [
    ("passenger", "pax"),
    ("vehicle", ""),
    ("room", ""),
    ("night", ""),
    ("guest", ""),
    ("unit", ""),
    ("item", ""),
    ("piece", ""),
    ("product", ""),
    ("package", "parcel"),
    ("container", ""),
    ("teu", ""),
    ("pallet", ""),
    ("request", ""),
    ("query", "queries"),
    ("transaction", ""),
    ("message", ""),
    ("session", ""),
    ("user", ""),
    ("tenant", ""),
    ("token", ""),
    ("image", ""),
    ("gpu", ""),
    ("vcpu", ""),
    ("cpu", ""),
    ("core", ""),
    ("node", ""),
    ("server", ""),
    ("device", ""),
    ("rack", ""),
    ("person", "people|capita"),
    ("employee", ""),
    ("fte", ""),
    ("household", ""),
    ("student", ""),
    ("patient", ""),
    ("bed", ""),
    ("head", ""),
    ("animal", ""),
    ("tree", ""),
    ("meal", ""),
    ("page", ""),
    ("trip", ""),
    ("flight", ""),
    ("order", ""),
    ("delivery", "deliveries"),
    ("visitor", ""),
];

/// Active codes of ISO 4217 for money that is paid with.
pub(crate) const CURRENCIES: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP \
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF \
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD \
    MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB \
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD \
    UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW";

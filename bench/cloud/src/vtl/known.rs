//! What of API Gateway's variables and of Velocity's methods is in the subset: API Gateway Developer Guide, "Mapping template
//! reference for REST APIs" (variables for mapping templates).

/// The roots that every template has.
pub(super) const ROOTS: [&str; 4] = ["context", "input", "stageVariables", "util"];

/// `$input.NAME(…)`, with the fewest and the most arguments.
pub(super) const INPUT: [(&str, usize, usize); 3] = [("json", 1, 1), ("params", 0, 1), ("path", 1, 1)];

/// `$util.NAME(…)`: one argument each.
pub(super) const UTIL: [&str; 6] =
    ["base64Decode", "base64Encode", "escapeJavaScript", "parseJson", "urlDecode", "urlEncode"];

/// `$context.NAME`.
pub(super) const CONTEXT: [&str; 14] = [
    "accountId",
    "apiId",
    "domainName",
    "extendedRequestId",
    "httpMethod",
    "identity.sourceIp",
    "identity.userAgent",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourcePath",
    "stage",
];

/// What a response's template may set of `$context`.
pub(super) const OVERRIDE_STATUS: &str = "responseOverride.status";
pub(super) const OVERRIDE_HEADER: &str = "responseOverride.header.";

/// Methods of values, with the fewest and the most arguments: of Java's strings, lists and maps.
pub(super) const METHODS: [(&str, usize, usize); 16] = [
    ("contains", 1, 1),
    ("containsKey", 1, 1),
    ("endsWith", 1, 1),
    ("entrySet", 0, 0),
    ("equals", 1, 1),
    ("get", 1, 1),
    ("isEmpty", 0, 0),
    ("keySet", 0, 0),
    ("length", 0, 0),
    ("size", 0, 0),
    ("startsWith", 1, 1),
    ("substring", 1, 2),
    ("toLowerCase", 0, 0),
    ("toString", 0, 0),
    ("toUpperCase", 0, 0),
    ("trim", 0, 0),
];

/// Velocity's directives that are not in the subset. Any other word after `#` is text, as in a colour.
pub(super) const REFUSED_DIRECTIVES: [&str; 7] = ["break", "define", "evaluate", "include", "macro", "parse", "stop"];

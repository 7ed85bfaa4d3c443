// Owns: the four ways of spelling names that not every reader takes.
// Does not own: the spelling (EscapedName), nor which one a scraper asks for (FormatNegotiation).
// Source: Prometheus, "Escaping Schemes".

namespace TinyHost.Metrics;

/// <summary>How characters besides ASCII letters, digits, <c>_</c> and, in metric names, <c>:</c> are spelled in names.</summary>
internal enum EscapingScheme
{
    /// <summary>Each run of them becomes one underscore, as OpenTelemetry has it.</summary>
    Underscores,

    /// <summary>A dot becomes <c>_dot_</c>, an underscore and all else two underscores; what would not be unique or valid then is spelled by value.</summary>
    Dots,

    /// <summary>The name begins with <c>U__</c>, and each becomes its code point between underscores.</summary>
    Values,

    /// <summary>They stay, and the name is quoted.</summary>
    AllowUtf8,
}

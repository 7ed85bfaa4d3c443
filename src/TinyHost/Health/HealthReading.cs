// Owns: what one run of a health check has found.

namespace TinyHost;

/// <param name="Check">The check.</param>
/// <param name="Result">Its result.</param>
/// <param name="Duration">How long it took, or has taken if it has not ended.</param>
internal sealed record HealthReading(HealthCheck Check, HealthResult Result, TimeSpan Duration)
{
    /// <summary>As a probe reads it, on one line: <c>database: unhealthy: connection refused</c>.</summary>
    public override string ToString() =>
        Result.Reason is { } reason ? $"{Check.Name}: {TextOf(Result.State)}: {OneLine(reason)}" : $"{Check.Name}: {TextOf(Result.State)}";

    /// <summary>The state as probes read it.</summary>
    internal static string TextOf(HealthState state) => state switch
    {
        HealthState.Healthy => "healthy",
        HealthState.Degraded => "degraded",
        _ => "unhealthy",
    };

    private static string OneLine(string text)
    {
        const int Most = 500;
        var shown = text.Length > Most ? string.Concat(text.AsSpan(0, Most), "…") : text;
        return string.Concat(shown.Select(c => char.IsControl(c) ? ' ' : c));
    }
}

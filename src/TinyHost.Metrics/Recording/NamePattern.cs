// Owns: names with a wildcard, of meters and instruments, in settings.
// Does not own: what is chosen by them (MeterSelection, CollectionSettings).

namespace TinyHost.Metrics;

internal static class NamePattern
{
    /// <summary>True when the name is the pattern, or the pattern ends in <c>*</c> and the name begins with what is before it. Case does not count.</summary>
    internal static bool Matches(string pattern, string name) => pattern.EndsWith('*')
        ? name.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.OrdinalIgnoreCase)
        : name.Equals(pattern, StringComparison.OrdinalIgnoreCase);
}

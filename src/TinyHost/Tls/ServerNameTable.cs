// Owns: which certificate a server name is answered with.

namespace TinyHost;

/// <summary>
/// Names compare without regard to case. A wildcard stands for exactly one label at the start of a name (RFC 6125 §6.4.3).
/// </summary>
/// <param name="first">What is used for names that have no entry, and for clients that send no name.</param>
internal sealed class ServerNameTable<T>(T first)
{
    private const string Wildcard = "*.";

    private readonly Dictionary<string, T> _exact = new(StringComparer.OrdinalIgnoreCase);
    // By what follows "*.".
    private readonly Dictionary<string, T> _wildcards = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds an entry. Of two entries with the same name the first one counts.</summary>
    internal void Add(string name, T value)
    {
        name = name.TrimEnd('.');
        _ = name.StartsWith(Wildcard, StringComparison.Ordinal)
            ? _wildcards.TryAdd(name[Wildcard.Length..], value)
            : _exact.TryAdd(name, value);
    }

    internal T Find(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return first;
        }

        if (_exact.TryGetValue(name, out var exact))
        {
            return exact;
        }

        var dot = name.IndexOf('.');
        return dot > 0 && _wildcards.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name.AsSpan(dot + 1), out var wildcard)
            ? wildcard
            : first;
    }
}

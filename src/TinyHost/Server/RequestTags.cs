// Owns: the attributes of requests that ended alike, made once and found again without making them.
// Does not own: which attributes there are, or recording them (ServerMetrics).

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// A direct-mapped table that only ever fills: who finds a place taken by others has to make the attributes each time, so that nothing a peer
/// or a handler does makes it grow or allocate for long. Racing writers lose nothing.
/// </summary>
internal sealed class RequestTags
{
    private const int Slots = 256;

    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <summary>The attributes; empty when they are not in the table.</summary>
    internal ReadOnlySpan<KeyValuePair<string, object?>> Find(string method, int status, int minorVersion, string? route) =>
        Slot(status, minorVersion, route) is { } held && held.Is(method, status, minorVersion, route) ? held.Tags : [];

    /// <summary>Keeps the attributes if there is room for them.</summary>
    internal void Keep(string method, int status, int minorVersion, string? route, in TagList tags)
    {
        ref var slot = ref Slot(status, minorVersion, route);
        if (slot is null)
        {
            var kept = new KeyValuePair<string, object?>[tags.Count];
            tags.CopyTo(kept);
            Volatile.Write(ref slot, new Entry(method, status, minorVersion, route, kept));
        }
    }

    // Methods share a place: few routes have more than one.
    private ref Entry? Slot(int status, int minorVersion, string? route) =>
        ref _entries[(RuntimeHelpers.GetHashCode(route) + (status * 2) + minorVersion) & (Slots - 1)];

    private sealed class Entry(string method, int status, int minorVersion, string? route, KeyValuePair<string, object?>[] tags)
    {
        internal KeyValuePair<string, object?>[] Tags => tags;

        // All texts are the same objects each time.
        internal bool Is(string otherMethod, int otherStatus, int otherMinorVersion, string? otherRoute) =>
            ReferenceEquals(method, otherMethod) && ReferenceEquals(route, otherRoute) && status == otherStatus && minorVersion == otherMinorVersion;
    }
}

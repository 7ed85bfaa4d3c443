// Owns: joining the same two texts again and again without making a new string each time.
// Does not own: what the texts mean.

namespace TinyHost;

/// <summary>
/// Remembers the last join. Requests of several connections may race here: a string is published whole, and one that does not fit
/// is made anew, so the worst a race costs is an allocation.
/// </summary>
internal sealed class JoinedText
{
    private string _last = "";

    internal string Join(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        var last = _last;
        if (last.Length != first.Length + second.Length || !last.AsSpan().StartsWith(first) || !last.AsSpan().EndsWith(second))
        {
            _last = last = string.Concat(first, second);
        }

        return last;
    }
}

// Owns: turning octets into strings, and sharing the strings that cannot be a peer's secret.

using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace TinyHost;

/// <summary>
/// Lives as long as its server. A peer's path, query, cookie or token must not, so there are two tables: <see cref="Get"/> adds to one, and
/// is for methods, field names and the values of a few fields; the other holds the program's own texts, such as the paths of its routes,
/// and never changes.
/// </summary>
internal sealed class StringCache
{
    private const int Slots = 1_024;
    private const int MaxLength = 128;

    // Direct-mapped, so that a peer's texts replace each other. A race between writers only costs a string.
    private readonly string?[] _learned = new string?[Slots];

    // Open addressing, at most half full.
    private readonly string?[] _known;

    /// <param name="known">The program's texts. Texts that are not ASCII are left out.</param>
    internal StringCache(IReadOnlyCollection<string> known)
    {
        _known = new string?[BitOperations.RoundUpToPowerOf2((uint)(known.Count + 2) * 2)];
        foreach (var text in (string[])["/", "/metrics", .. known])
        {
            if (text.Length is > 0 and <= MaxLength && Ascii.IsValid(text))
            {
                Known(Encoding.ASCII.GetBytes(text)) ??= text;
            }
        }
    }

    /// <summary>The octets as Latin-1 text, which is kept: never for a secret.</summary>
    internal string Get(ReadOnlySpan<byte> octets)
    {
        if (octets.Length is 0 or > MaxLength)
        {
            return octets.IsEmpty ? "" : Encoding.Latin1.GetString(octets);
        }

        ref var slot = ref _learned[Hash(octets) & (Slots - 1)];
        if (slot is { } held && held.Length == octets.Length && Ascii.Equals(octets, held))
        {
            return held;
        }

        return slot = Encoding.Latin1.GetString(octets);
    }

    /// <summary>The octets as Latin-1 text: the program's own string if it has one, otherwise a new string, which is not kept.</summary>
    internal string Find(ReadOnlySpan<byte> octets) => octets.IsEmpty ? "" : Known(octets) ?? Encoding.Latin1.GetString(octets);

    /// <summary>The same for characters.</summary>
    internal string Find(ReadOnlySpan<char> text)
    {
        Span<byte> octets = stackalloc byte[MaxLength];
        return text.Length <= MaxLength && Ascii.FromUtf16(text, octets, out var length) == System.Buffers.OperationStatus.Done
            ? Known(octets[..length]) ?? text.ToString()
            : text.ToString();
    }

    // The slot that has the text, or else the free one where the text would go.
    private ref string? Known(ReadOnlySpan<byte> octets)
    {
        var mask = _known.Length - 1;
        var i = Hash(octets) & mask;
        while (_known[i] is { } text && (text.Length != octets.Length || !Ascii.Equals(octets, text)))
        {
            i = (i + 1) & mask;
        }

        return ref _known[i];
    }

    // A collision costs one string, or one comparison.
    private static int Hash(ReadOnlySpan<byte> octets)
    {
        var hash = (ulong)octets.Length * 0x9E3779B97F4A7C15;
        while (octets.Length >= sizeof(ulong))
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(octets)) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
            octets = octets[sizeof(ulong)..];
        }

        foreach (var octet in octets)
        {
            hash = (hash ^ octet) * 0x100000001B3;
        }

        return (int)(hash >> 40);
    }
}

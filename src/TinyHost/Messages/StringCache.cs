// Owns: turning octets and parts of texts into strings, reusing the string made last time the same ones came.
// Does not own: which octets are worth it (FieldLines keeps the values of credential fields out).

using System.Runtime.InteropServices;
using System.Text;

namespace TinyHost;

/// <summary>
/// A direct-mapped table shared by a server's connections. Racing writers lose nothing but a reuse; a peer that sends ever new octets
/// makes strings that are collected, and the table never grows.
/// </summary>
internal sealed class StringCache
{
    private const int Slots = 1_024;
    private const int MaxLength = 128;

    private readonly string?[] _strings = new string?[Slots];

    /// <summary>The octets as Latin-1 text.</summary>
    internal string Get(ReadOnlySpan<byte> octets)
    {
        if (octets.Length is 0 or > MaxLength)
        {
            return octets.IsEmpty ? "" : Encoding.Latin1.GetString(octets);
        }

        ref var slot = ref _strings[Hash(octets) & (Slots - 1)];
        if (slot is { } held && held.Length == octets.Length && Ascii.Equals(octets, held))
        {
            return held;
        }

        return slot = Encoding.Latin1.GetString(octets);
    }

    /// <summary>The text.</summary>
    internal string Get(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return text.ToString();
        }

        ref var slot = ref _strings[Hash(MemoryMarshal.AsBytes(text)) & (Slots - 1)];
        return slot is { } held && text.SequenceEqual(held) ? held : slot = text.ToString();
    }

    // Cheap and good enough: a collision costs one string.
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

// Owns: reading a PROXY header, version 1 or 2 (haproxy.org, proxy-protocol.txt §2), from the first bytes of a connection.

using System.Net;

namespace TinyHost;

internal enum ProxyHeaderStatus : byte
{
    /// <summary>Valid so far; more bytes are needed.</summary>
    Incomplete,

    Complete,

    /// <summary>The bytes begin no PROXY header.</summary>
    Missing,

    Malformed,

    TooLarge,

    WrongChecksum,
}

/// <param name="Status">What reading has led to.</param>
/// <param name="Length">The bytes that a complete header takes.</param>
/// <param name="Client">The client; null if the header names none: the peer of the socket is the client.</param>
internal readonly record struct ProxyHeader(ProxyHeaderStatus Status, int Length = 0, IPEndPoint? Client = null)
{
    /// <summary>Reads the header that the bytes begin with.</summary>
    internal static ProxyHeader Read(ReadOnlySpan<byte> octets) =>
        octets.IsEmpty ? new(ProxyHeaderStatus.Incomplete)
        : Begins(octets, ProxyHeaderV1.Signature) ? ProxyHeaderV1.Read(octets)
        : Begins(octets, ProxyHeaderV2.Signature) ? ProxyHeaderV2.Read(octets)
        : new(ProxyHeaderStatus.Missing);

    /// <summary>A complete header. IPv4 addresses are not mapped to IPv6.</summary>
    internal static ProxyHeader Of(int length, IPAddress client, int port) =>
        new(ProxyHeaderStatus.Complete, length, new IPEndPoint(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client, port));

    private static bool Begins(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> signature) =>
        octets[..Math.Min(octets.Length, signature.Length)].SequenceEqual(signature[..Math.Min(octets.Length, signature.Length)]);
}

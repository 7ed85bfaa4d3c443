// Owns: reading a PROXY header of version 2, a binary block (haproxy.org, proxy-protocol.txt §2.2).

using System.Buffers.Binary;
using System.Net;
using System.Numerics;

namespace TinyHost;

/// <summary>
/// Signature, version and command, family and protocol, the length of the rest; then the addresses, then values of a type and a length.
/// Of these values only the checksum is read.
/// </summary>
internal static class ProxyHeaderV2
{
    private const int FixedLength = 16;
    // Far above what proxies send: they keep the header within one segment, unless it has a client's certificate.
    private const int MaxLength = 16_384;
    private const int Version = 2;
    private const int Stream = 1;
    private const int TypeAndLength = 3;
    private const byte ChecksumType = 3;

    internal static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads a header that begins with as much of the signature as there is.</summary>
    internal static ProxyHeader Read(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > Signature.Length && octets[12] is not (Version << 4 or (Version << 4) + 1))
        {
            return new(ProxyHeaderStatus.Malformed);
        }

        if (octets.Length < FixedLength)
        {
            return new(ProxyHeaderStatus.Incomplete);
        }

        var length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(octets[14..]);
        return length > MaxLength ? new(ProxyHeaderStatus.TooLarge)
            : octets.Length < length ? new(ProxyHeaderStatus.Incomplete)
            : ReadBlock(octets[..length]);
    }

    private static ProxyHeader ReadBlock(ReadOnlySpan<byte> header)
    {
        var isLocal = header[12] == Version << 4;
        var (family, protocol) = (header[13] >> 4, header[13] & 0xF);
        if (isLocal || family == 0 || protocol == 0)
        {
            // The connection is the proxy's own, or of a kind that this header cannot name. Its addresses, if any, have no known length.
            return new(CheckValues(header, FixedLength) == ProxyHeaderStatus.WrongChecksum
                ? ProxyHeaderStatus.WrongChecksum
                : ProxyHeaderStatus.Complete, header.Length);
        }

        // IPv4, IPv6 and unix sockets: two addresses, two ports.
        var addresses = family switch { 1 => 12, 2 => 36, 3 => 216, _ => int.MaxValue };
        if (protocol > 2 || addresses > header.Length - FixedLength)
        {
            return new(ProxyHeaderStatus.Malformed);
        }

        var status = CheckValues(header, FixedLength + addresses);
        if (status != ProxyHeaderStatus.Complete || family == 3 || protocol != Stream)
        {
            return new(status, header.Length);
        }

        var size = family == 1 ? 4 : 16;
        var client = new IPAddress(header.Slice(FixedLength, size));
        return ProxyHeader.Of(header.Length, client, BinaryPrimitives.ReadUInt16BigEndian(header[(FixedLength + (2 * size))..]));
    }

    /// <summary>Walks the values from <paramref name="start"/> to the end, and checks the checksum among them.</summary>
    private static ProxyHeaderStatus CheckValues(ReadOnlySpan<byte> header, int start)
    {
        var checksum = 0;
        while (start < header.Length)
        {
            if (header.Length - start < TypeAndLength)
            {
                return ProxyHeaderStatus.Malformed;
            }

            var value = start + TypeAndLength;
            var end = value + BinaryPrimitives.ReadUInt16BigEndian(header[(start + 1)..]);
            if (end > header.Length || (header[start] == ChecksumType && (checksum != 0 || end - value != sizeof(uint))))
            {
                return ProxyHeaderStatus.Malformed;
            }

            checksum = header[start] == ChecksumType ? value : checksum;
            start = end;
        }

        return checksum == 0 || BinaryPrimitives.ReadUInt32BigEndian(header[checksum..]) == Checksum(header, checksum)
            ? ProxyHeaderStatus.Complete
            : ProxyHeaderStatus.WrongChecksum;
    }

    /// <summary>CRC32C (RFC 9260 appendix A) of the header, with zeros for the checksum itself.</summary>
    private static uint Checksum(ReadOnlySpan<byte> header, int checksum)
    {
        var crc = uint.MaxValue;
        for (var i = 0; i < header.Length; i++)
        {
            var isZero = i >= checksum && i < checksum + sizeof(uint);
            crc = BitOperations.Crc32C(crc, isZero ? (byte)0 : header[i]);
        }

        return ~crc;
    }
}

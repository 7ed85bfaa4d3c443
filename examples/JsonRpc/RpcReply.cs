// Owns: how a response object (JSON-RPC 2.0 §5) is spelled.
// Does not own: the result or error inside it.

using System.Buffers;

namespace JsonRpc;

/// <summary>Writes response objects: constant octets around the result or error, and the id exactly as it came.</summary>
internal static class RpcReply
{
    /// <summary>Writes one. <paramref name="before"/> goes in front of it: what a batch's array needs there.</summary>
    public static void Write(
        IBufferWriter<byte> reply, ReadOnlySpan<byte> before, bool failed, ReadOnlySpan<byte> outcome, ReadOnlySpan<byte> id)
    {
        var opening = failed ? """{"jsonrpc":"2.0","error":"""u8 : """{"jsonrpc":"2.0","result":"""u8;
        var idName = ",\"id\":"u8;
        var idValue = id.IsEmpty ? "null"u8 : id;
        var length = before.Length + opening.Length + outcome.Length + idName.Length + idValue.Length + 1;
        var rest = reply.GetSpan(length);
        rest = Append(rest, before);
        rest = Append(rest, opening);
        rest = Append(rest, outcome);
        rest = Append(rest, idName);
        rest = Append(rest, idValue);
        rest[0] = (byte)'}';
        reply.Advance(length);
    }

    private static Span<byte> Append(Span<byte> rest, ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(rest);
        return rest[octets.Length..];
    }
}

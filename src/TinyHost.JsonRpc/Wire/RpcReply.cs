// Owns: writing a response object (JSON-RPC 2.0 §5).

using System.Buffers;

namespace TinyHost.JsonRpc;

/// <summary>Writes response objects: constant bytes around the result or error, and the id exactly as received.</summary>
internal static class RpcReply
{
    /// <summary>
    /// Writes a response object after <paramref name="prefix"/>, the bracket or comma of a batch's array: with the error, or else with
    /// <paramref name="result"/>.
    /// </summary>
    public static void Write(
        IBufferWriter<byte> reply, ReadOnlySpan<byte> prefix, JsonRpcError? error, ReadOnlySpan<byte> result, ReadOnlySpan<byte> id)
    {
        var opening = error is null ? """{"jsonrpc":"2.0","result":"""u8 : """{"jsonrpc":"2.0","error":"""u8;
        var output = error is null ? result : error.Json;
        var idName = ",\"id\":"u8;
        var idValue = id.IsEmpty ? "null"u8 : id;
        var length = prefix.Length + opening.Length + output.Length + idName.Length + idValue.Length + 1;
        var rest = reply.GetSpan(length);
        rest = Append(rest, prefix);
        rest = Append(rest, opening);
        rest = Append(rest, output);
        rest = Append(rest, idName);
        rest = Append(rest, idValue);
        rest[0] = (byte)'}';
        reply.Advance(length);
    }

    private static Span<byte> Append(Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        return rest[bytes.Length..];
    }
}

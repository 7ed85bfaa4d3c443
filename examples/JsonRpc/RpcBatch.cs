// Owns: telling a batch (JSON-RPC 2.0 §6) from a single request and finding where its elements are.
// Does not own: the elements.

using System.Text.Json;

namespace JsonRpc;

/// <summary>A batch taken apart.</summary>
internal static class RpcBatch
{
    /// <summary>True when the first octet that is not white space (RFC 8259 §2) opens an array.</summary>
    public static bool IsBatch(ReadOnlySpan<byte> message)
    {
        var first = message.IndexOfAnyExcept(" \t\r\n"u8);
        return first >= 0 && message[first] == (byte)'[';
    }

    /// <summary>
    /// Fills <paramref name="elements"/>. Returns null, or the one error the whole batch is answered with: none of it is called
    /// unless all of it is JSON and there are no more than <paramref name="maxCalls"/> elements.
    /// </summary>
    public static RpcError? Split(ReadOnlyMemory<byte> message, int maxCalls, List<ReadOnlyMemory<byte>> elements)
    {
        try
        {
            var reader = new Utf8JsonReader(message.Span);
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (elements.Count == maxCalls)
                {
                    return RpcError.InvalidRequestBecause($"a batch may hold {maxCalls} calls at most");
                }

                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                elements.Add(message[start..(int)reader.BytesConsumed]);
            }

            reader.Read();    // Throws when anything follows the array.
        }
        catch (JsonException)
        {
            return RpcError.Parse;
        }

        return elements.Count == 0 ? RpcError.InvalidRequest : null;
    }
}

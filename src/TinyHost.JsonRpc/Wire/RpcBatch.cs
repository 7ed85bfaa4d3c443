// Owns: recognizing a batch (JSON-RPC 2.0 §6) and splitting it into its elements.

using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Recognizes and splits batches.</summary>
internal static class RpcBatch
{
    /// <summary>True if the message starts with an array, after optional white space (RFC 8259 §2).</summary>
    public static bool IsBatch(ReadOnlySpan<byte> message)
    {
        var first = message.IndexOfAnyExcept(" \t\r\n"u8);
        return first >= 0 && message[first] == (byte)'[';
    }

    /// <summary>
    /// Fills <paramref name="elements"/> and returns null, or returns the error that answers the whole batch: invalid JSON anywhere,
    /// no elements, or <paramref name="tooMany"/> for more than <paramref name="maxCalls"/> elements.
    /// </summary>
    public static JsonRpcError? Split(
        ReadOnlyMemory<byte> message, int maxCalls, JsonRpcError tooMany, List<ReadOnlyMemory<byte>> elements)
    {
        try
        {
            var reader = new Utf8JsonReader(message.Span);
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (elements.Count == maxCalls)
                {
                    return tooMany;
                }

                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                elements.Add(message[start..(int)reader.BytesConsumed]);
            }

            reader.Read();    // Throws if anything follows the array.
        }
        catch (JsonException)
        {
            return RpcErrors.Parse;
        }

        return elements.Count == 0 ? RpcErrors.InvalidRequest : null;
    }
}

// Owns: types of a serializer context.

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

/// <summary>
/// Reads and writes a type that a source-generated serializer context lists, with the context's options. Reading throws
/// <see cref="JsonException"/> for a value of another shape.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ContextValue<T, TContext> : IJsonRpcValue<T>
    where TContext : struct, IJsonRpcContext
{
    private static readonly JsonTypeInfo<T> s_type = (JsonTypeInfo<T>)TContext.Instance.GetTypeInfo(typeof(T))!;

    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromType(s_type);

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (reader.TokenType == JsonTokenType.Null && default(T) is null)
        {
            return false;
        }

        try
        {
            value = JsonSerializer.Deserialize(ref reader, s_type)!;
            return true;
        }
        catch (NotSupportedException failure)
        {
            // The serializer's answer to an object of a base class without the discriminator that tells its type.
            throw new JsonException(failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, T value) => JsonSerializer.Serialize(writer, value, s_type);
}

// Owns: the types of .NET for which System.Text.Json has a converter of its own.

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

/// <summary>
/// Reads and writes <see cref="Guid"/>, <c>DateTime</c>, <see cref="DateTimeOffset"/>, <see cref="DateOnly"/>,
/// <see cref="TimeOnly"/>, <see cref="TimeSpan"/>, <see cref="char"/>, <see cref="Uri"/>, <see cref="Version"/>, integers of 128 bits, and
/// arrays of bytes as Base64, all in the form of System.Text.Json.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct SystemValue<T> : IJsonRpcValue<T>
    where T : notnull
{
    private static readonly JsonConverter<T> s_converter = (JsonConverter<T>)SystemTypes.ConverterOf(typeof(T));

    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromText(SystemTypes.SchemaOf(typeof(T)));

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        try
        {
            value = s_converter.Read(ref reader, typeof(T), RpcJson.Default.Options)!;
            return true;
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException or JsonException)
        {
            // The converters' answers to a text that does not parse, another type of value, and an unpaired surrogate.
            return false;
        }
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, T value)
    {
        if (value is null)
        {
            // From code without nullable annotations.
            writer.WriteNullValue();
            return;
        }

        s_converter.Write(writer, value, RpcJson.Default.Options);
    }
}

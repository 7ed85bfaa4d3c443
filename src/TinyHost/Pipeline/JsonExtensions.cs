// Owns: JSON content of requests and responses, RFC 8259, by System.Text.Json.

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost;

/// <summary>Reading and writing JSON content: without reflection by a <see cref="JsonTypeInfo{T}"/>, with it by options.</summary>
public static class JsonExtensions
{
    private const string Reflection =
        "Options may find types by reflection. Where code is trimmed or compiled ahead of time, use the overload with a JsonTypeInfo.";

    private static readonly ArrayBufferWriter<byte> s_nowhere = new(1);

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    /// <summary>
    /// Reads the content as JSON, without a leading byte order mark (RFC 8259 §8.1). JSON's <c>null</c> gives null. Throws
    /// <see cref="RequestRejectedException"/>: 400 for malformed JSON, text that is not valid Unicode (RFC 8259 §8), and JSON that does
    /// not fit <typeparamref name="T"/>; 415 for a Content-Type other than <c>application/json</c> or <c>…+json</c> (a missing one is
    /// accepted); 413 for more than <paramref name="maxLength"/> bytes, default 1 MiB. Throws <see cref="InvalidOperationException"/>
    /// if the content has been read already, in pieces or as a stream.
    /// </summary>
    public static async ValueTask<T?> ReadJsonAsync<T>(
        this Request request,
        JsonTypeInfo<T> typeInfo,
        int maxLength = 1_048_576,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(typeInfo);
        if (request.Fields["Content-Type"] is { } contentType && !IsJson(contentType))
        {
            throw MediaType.Refusal(contentType, "JSON", "application/json");
        }

        var content = await request.Body.ReadWholeAsync(maxLength, cancellationToken).ConfigureAwait(false);
        content = content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content;
        try
        {
            // JsonElement and JsonNode notice these faults only when the handler looks at them, too late for a refusal.
            JsonContent.ThrowUnlessUnicode(content.Span);
            if (typeof(JsonNode).IsAssignableFrom(typeof(T)))
            {
                JsonContent.ThrowIfNamesRepeat(content, typeInfo.Options);
            }

            return JsonSerializer.Deserialize(content.Span, typeInfo);
        }
        catch (Exception exception) when (JsonContent.IsFault(exception, content, typeInfo))
        {
            throw new RequestRejectedException(
                RejectReason.InvalidContent, $"The content is not the JSON expected: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Reads the content as JSON, as the overload with a <see cref="JsonTypeInfo{T}"/> does, by options:
    /// <see cref="JsonSerializerOptions.Web"/> if none are given. These write names in camel case and read them without case.
    /// </summary>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static ValueTask<T?> ReadJsonAsync<T>(
        this Request request,
        JsonSerializerOptions? options = null,
        int maxLength = 1_048_576,
        CancellationToken cancellationToken = default) =>
        request.ReadJsonAsync(TypeInfo<T>(options), maxLength, cancellationToken);

    /// <summary>
    /// Writes a value as JSON. Sets Content-Type to <c>application/json</c> unless one is set; JSON is UTF-8, without a charset parameter
    /// (RFC 8259 §8.1, §11). Encoder, indentation and line ends are those of the options <paramref name="typeInfo"/> belongs to. Throws
    /// <see cref="ArgumentException"/> for a task, and <see cref="NotSupportedException"/> for an <see cref="IAsyncEnumerable{T}"/>:
    /// collect its items first.
    /// </summary>
    public static Task WriteJsonAsync<T>(this Response response, T value, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(typeInfo);
        if (value is Task || (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(ValueTask<>)))
        {
            throw new ArgumentException("The value is a task: await it, and write its result.", nameof(value));
        }

        response.SetDefaultContentType("application/json");
        Write(response, value, typeInfo);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Writes a value as JSON, as the overload with a <see cref="JsonTypeInfo{T}"/> does, by options:
    /// <see cref="JsonSerializerOptions.Web"/> if none are given.
    /// </summary>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static Task WriteJsonAsync<T>(this Response response, T value, JsonSerializerOptions? options = null) =>
        response.WriteJsonAsync(value, TypeInfo<T>(options));

    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    private static JsonTypeInfo<T> TypeInfo<T>(JsonSerializerOptions? options)
    {
        options ??= JsonSerializerOptions.Web;
        // Gives options without a resolver that of reflection, as JsonSerializer does.
        options.MakeReadOnly(populateMissingResolver: true);
        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }

    private static void Write<T>(Response destination, T value, JsonTypeInfo<T> typeInfo)
    {
        // Taken while in use: a converter that writes JSON to another destination needs another writer.
        var writer = s_writer;
        s_writer = null;
        var options = typeInfo.Options;
        if (writer is null || !Writes(writer.Options, options))
        {
            writer = new Utf8JsonWriter(destination, WriterOptions(options));
        }
        else
        {
            writer.Reset(destination);
        }

        try
        {
            JsonSerializer.Serialize(writer, value, typeInfo);
            writer.Flush();
        }
        catch
        {
            // Drops the writer and takes back the memory it was given.
            destination.Advance(0);
            throw;
        }

        // Releases the destination.
        writer.Reset(s_nowhere);
        s_writer = writer;
    }

    private static JsonWriterOptions WriterOptions(JsonSerializerOptions options) => new()
    {
        Encoder = options.Encoder,
        Indented = options.WriteIndented,
        IndentCharacter = options.IndentCharacter,
        IndentSize = options.IndentSize,
        NewLine = options.NewLine,
    };

    private static bool Writes(JsonWriterOptions writer, JsonSerializerOptions options) =>
        writer.Encoder == options.Encoder
        && writer.Indented == options.WriteIndented
        && (!writer.Indented
            || (writer.IndentCharacter == options.IndentCharacter
                && writer.IndentSize == options.IndentSize
                && writer.NewLine == options.NewLine));

    /// <summary>RFC 9110 §8.3.1: a media type without its parameters; RFC 6839 §3.1: the suffix +json.</summary>
    private static bool IsJson(ReadOnlySpan<char> contentType)
    {
        var mediaType = MediaType.Of(contentType);
        return mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }
}

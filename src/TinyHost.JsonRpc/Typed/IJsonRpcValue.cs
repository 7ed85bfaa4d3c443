// Owns: the contract between generated code and the types of JSON.

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>
/// Reads and writes values of one type. Generated code names the struct for each type of a method, so that the compiler resolves
/// everything and nothing is boxed.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IJsonRpcValue<T>
{
    /// <summary>The schema of the type.</summary>
    static abstract JsonRpcSchema Schema { get; }

    /// <summary>
    /// Reads the value that the reader is at, to its last token. False if it is no value of the type; the reader may then be anywhere.
    /// </summary>
    static abstract bool TryRead(ref Utf8JsonReader reader, [MaybeNullWhen(false)] out T value);

    /// <summary>Writes a value.</summary>
    static abstract void Write(Utf8JsonWriter writer, T value);
}

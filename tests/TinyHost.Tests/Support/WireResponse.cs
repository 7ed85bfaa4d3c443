// Owns: one response as ResponseReader read it.

namespace TinyHost.Tests.Support;

internal enum ResponseEnd
{
    /// <summary>The framing says where the response ends, and it does.</summary>
    Framed,

    /// <summary>The response ends with the connection, as its head announced.</summary>
    WithConnection,

    /// <summary>The octets ended before the response did.</summary>
    CutOff,
}

/// <summary>Octets are chars. Interim responses (1xx) are responses of their own.</summary>
internal sealed record WireResponse(int Status, IReadOnlyList<(string Name, string Value)> Fields)
{
    internal string Content { get; init; } = "";

    internal IReadOnlyList<(string Name, string Value)> Trailers { get; init; } = [];

    internal ResponseEnd End { get; init; }

    /// <summary>Whether the server says that this is the connection's last response.</summary>
    internal bool Closes => Values("Connection").Contains("close", StringComparer.Ordinal);

    internal bool IsInterim => Status < 200;

    internal IReadOnlyList<string> Values(string name) =>
        [.. Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value)];
}

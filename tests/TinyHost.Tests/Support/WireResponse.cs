// Owns: one response as read by ResponseReader.

namespace TinyHost.Tests.Support;

internal enum ResponseEnd
{
    /// <summary>The response is complete according to its framing.</summary>
    Framed,

    /// <summary>The response ends with the connection, as announced by its head.</summary>
    WithConnection,

    /// <summary>The octets ended before the response did.</summary>
    CutOff,
}

/// <summary>Octets are chars. Interim responses (1xx) are separate responses.</summary>
internal sealed record WireResponse(int Status, IReadOnlyList<(string Name, string Value)> Fields)
{
    internal string Content { get; init; } = "";

    internal IReadOnlyList<(string Name, string Value)> Trailers { get; init; } = [];

    internal ResponseEnd End { get; init; }

    /// <summary>Whether the response announces that it is the connection's last one.</summary>
    internal bool Closes => Values("Connection").Contains("close", StringComparer.Ordinal);

    internal bool IsInterim => Status < 200;

    internal IReadOnlyList<string> Values(string name) =>
        [.. Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value)];
}

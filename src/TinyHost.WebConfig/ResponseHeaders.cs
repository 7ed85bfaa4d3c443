// Owns: which fields http_server_config.headers may set, and to what.

namespace TinyHost.WebConfig;

internal static class ResponseHeaders
{
    // Names are compared with case. An empty list allows every value.
    private static readonly Dictionary<string, string[]> s_allowed = new(StringComparer.Ordinal)
    {
        ["Strict-Transport-Security"] = [],
        ["X-Content-Type-Options"] = ["nosniff"],
        ["X-Frame-Options"] = ["deny", "sameorigin"],
        ["X-XSS-Protection"] = [],
        ["Content-Security-Policy"] = [],
    };

    internal static KeyValuePair<string, string> Read(WebConfigSection header)
    {
        var value = header.Text();
        if (!s_allowed.TryGetValue(header.Name, out var allowed))
        {
            throw header.Fault(
                $"HTTP header \"{header.Name}\" can not be configured. Headers that can: {string.Join(", ", s_allowed.Keys)}");
        }

        if (allowed.Length > 0 && !allowed.Contains(value, StringComparer.Ordinal))
        {
            var expected = string.Join(' ', allowed.Select(text => $"\"{text}\""));
            throw header.Fault($"invalid value for {header.Name}. Expected one of: [{expected}], but got: \"{value}\"");
        }

        return value.All(c => c is >= ' ' and < '\u0100' and not '\u007f')
            ? new(header.Name, value.Trim())
            : throw header.Fault($"the value of {header.Name} has a character that no field can have, such as a line end");
    }
}

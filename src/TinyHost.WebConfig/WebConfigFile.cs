// Owns: what a web configuration file says, and the keys it may have.
// Source: Prometheus, exporter-toolkit, docs/web-configuration.md and web/tls_config.go.

using System.Text;

namespace TinyHost.WebConfig;

/// <summary>A file, read and valid in itself. Whether certificates can be loaded is found out later.</summary>
internal sealed class WebConfigFile
{
    private static readonly Dictionary<string, Action<WebConfigSection, WebConfigFile>> s_http = new(StringComparer.Ordinal)
    {
        ["http2"] = (section, _) => RefuseHttp2(section),
        ["headers"] = (section, file) => file.Headers = [.. section.Entries().Select(ResponseHeaders.Read).Where(line => line.Value != "")],
    };

    private static readonly Dictionary<string, Action<WebConfigSection, WebConfigFile>> s_rateLimit = new(StringComparer.Ordinal)
    {
        ["interval"] = (section, file) => file.Interval = section.Duration(),
        ["burst"] = (section, file) => file.Burst = section.Count(),
    };

    private static readonly Dictionary<string, Action<WebConfigSection, WebConfigFile>> s_keys = new(StringComparer.Ordinal)
    {
        ["tls_server_config"] = (section, file) => file.Tls.Read(section),
        ["http_server_config"] = (section, file) => section.Read(file, s_http),
        ["basic_auth_users"] = (section, file) =>
        {
            file.MayBeCutShort = section.IsNull;
            file.Users = [.. section.Entries().Select(user => new KeyValuePair<string, string>(user.Name, user.Text()))];
        },
        ["rate_limit"] = (section, file) => section.Read(file, s_rateLimit),
    };

    private WebConfigFile(string folder) => Tls = new TlsSection(folder);

    internal TlsSection Tls { get; }

    /// <summary>Names and hashes.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Users { get; private set; } = [];

    /// <summary>Whether writing the file may have been cut short: it is empty, or the key of its users is.</summary>
    internal bool MayBeCutShort { get; private set; }

    /// <summary>The fields of every response.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Headers { get; private set; } = [];

    /// <summary>The time between two requests; zero for no limit.</summary>
    internal TimeSpan Interval { get; private set; }

    internal int Burst { get; private set; }

    /// <summary>Throws <see cref="FormatException"/>, a sentence with the line, for a file that cannot be used.</summary>
    /// <param name="content">The content of the file.</param>
    /// <param name="folder">The folder of the file, where relative paths in it start.</param>
    internal static WebConfigFile Parse(byte[] content, string folder)
    {
        var file = new WebConfigFile(folder);
        if (YamlNode.Parse(Encoding.UTF8.GetString(content)) is { IsNull: false } root)
        {
            new WebConfigSection("the file", root).Read(file, s_keys);
        }
        else
        {
            file.MayBeCutShort = true;
        }

        file.Tls.Validate();
        return file;
    }

    private static void RefuseHttp2(WebConfigSection section)
    {
        if (!section.IsNull && section.Flag())
        {
            throw section.Fault("http2: true asks for HTTP/2, which TinyHost does not speak; remove the key or set it to false");
        }
    }
}

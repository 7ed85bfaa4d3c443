// Owns: what a server does when its section of the configuration changes while it runs.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace TinyHost;

/// <summary>
/// Limits, of the server and of its prefixes, take effect for new connections, all or none of a change; every other changed setting is
/// reported once, since it waits for the next start. The values of settings are not logged, apart from those that are refused.
/// </summary>
internal sealed partial class SettingsReload : IDisposable
{
    // They are shared out when the server starts.
    private static readonly string[] s_limitsOfStart = ["ReservedConnections", "MaxBlockedThreads"];

    private readonly Lock _lock = new();
    private readonly IConfigurationSection _section;
    private readonly string _limitsPath;
    private readonly string[] _sectionsOfOthers;
    private readonly string[] _prefixes;
    private readonly ServerLimits _inCode;
    private readonly HttpServer _server;
    private readonly ILogger _logger;
    private readonly IDisposable _registration;
    private Dictionary<string, string> _seen;

    /// <param name="configuration">What may change.</param>
    /// <param name="name">The name of the server; null for none.</param>
    /// <param name="servers">Those of the host.</param>
    /// <param name="inCode">The limits before the configuration overrides them.</param>
    /// <param name="prefixes">The paths of the prefixes that take new limits over.</param>
    /// <param name="server">It has the present settings.</param>
    /// <param name="logger">Never throws.</param>
    internal SettingsReload(
        IConfiguration configuration, string? name, ServerNames servers, ServerLimits inCode, IEnumerable<string> prefixes,
        HttpServer server, ILogger logger)
    {
        _section = ServerConfiguration.SectionOf(configuration, name);
        _limitsPath = $"{_section.Path}:Limits";
        _sectionsOfOthers = name is null ? [.. servers.Names.Select(other => $"{_section.Path}:{other}:")] : [];
        _prefixes = [.. prefixes];
        _inCode = inCode;
        _server = server;
        _logger = logger;
        _seen = Read();
        _registration = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public void Dispose() => _registration.Dispose();

    private static bool IsBelow(string path, string section) => path.StartsWith(section, StringComparison.OrdinalIgnoreCase);

    private void Reload()
    {
        lock (_lock)
        {
            var now = Read();
            var changed = now.Keys.Union(_seen.Keys, StringComparer.OrdinalIgnoreCase)
                .Where(path => now.GetValueOrDefault(path) != _seen.GetValueOrDefault(path))
                .Order(StringComparer.OrdinalIgnoreCase)
                .ToLookup(SectionOfLimit);
            _seen = now;
            if (changed.Select(paths => paths.Key).OfType<string>().ToList() is { Count: > 0 } sections)
            {
                ReloadLimits(sections);
            }

            foreach (var path in changed[null])
            {
                LogForNextStart(_logger, path);
            }
        }
    }

    // What a changed setting belongs to if the change takes effect; null if it waits for the next start.
    private string? SectionOfLimit(string path)
    {
        if (IsBelow(path, _limitsPath))
        {
            return s_limitsOfStart.Contains(path.Split(':')[^1], StringComparer.OrdinalIgnoreCase) ? null : _limitsPath;
        }

        return Array.Find(_prefixes, prefix => IsBelow(path, prefix + ":")) is { } owner
            && path[(owner.Length + 1)..].Split(':')[0] is var name
            && PrefixConfiguration.IsReloaded(name)
                ? $"{owner}:{name}"
                : null;
    }

    private void ReloadLimits(List<string> sections)
    {
        const string StartFails = "Cannot start: ";
        try
        {
            var limits = _inCode.Copy();
            limits.SettingsPath = _limitsPath;
            LimitsConfiguration.Read(new Setting(_section.GetSection("Limits")), limits);
            _server.UseLimits(limits, PrefixConfiguration.ReadLimits(new Setting(_section.GetSection("Prefixes"))));
            sections.ForEach(section => LogReloaded(_logger, section));
        }
        catch (Exception fault) when (fault is ServerStartException or ArgumentException)
        {
            // The second comes from code that changes the limits of a prefix.
            var why = fault.Message.StartsWith(StartFails, StringComparison.Ordinal) ? fault.Message[StartFails.Length..] : fault.Message;
            sections.ForEach(section => LogNotReloaded(_logger, section, why));
        }
    }

    // The settings of this server by path. An empty limit is not the same as a limit that is not set.
    private Dictionary<string, string> Read()
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (path, value) in _section.AsEnumerable())
        {
            var counts = !string.IsNullOrEmpty(value)
                || (SectionOfLimit(path) is not null && !path.EndsWith(":Limits", StringComparison.OrdinalIgnoreCase));
            if (counts && !Array.Exists(_sectionsOfOthers, other => IsBelow(path, other)))
            {
                settings.Add(path, value ?? "");
            }
        }

        return settings;
    }

    [LoggerMessage(110, LogLevel.Information, "{Section} has been loaded again and holds for new connections.")]
    private static partial void LogReloaded(ILogger logger, string section);

    [LoggerMessage(111, LogLevel.Error, "{Section} cannot be loaded again and stays as it was: {Fault}")]
    private static partial void LogNotReloaded(ILogger logger, string section, string fault);

    [LoggerMessage(112, LogLevel.Warning, "{Setting} has changed; the change takes effect at the next start.")]
    private static partial void LogForNextStart(ILogger logger, string setting);
}

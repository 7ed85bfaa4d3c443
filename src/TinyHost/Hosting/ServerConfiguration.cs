// Owns: reading ServerOptions from configuration, with an error that names the key for everything that cannot be read.
// Does not own: the options' own ranges (ServerLimits).

using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace TinyHost;

/// <summary>The section <c>TinyHost</c>: <c>Prefixes</c> (an array), <c>InlineCompletions</c> and <c>Limits</c>, named as in <see cref="ServerLimits"/>; time spans in seconds or <c>hh:mm:ss</c>.</summary>
internal static class ServerConfiguration
{
    internal const string Section = "TinyHost";

    // Metrics is read by TinyHost.Metrics.
    private static readonly HashSet<string> s_known = new(["Prefixes", "Limits", "Metrics", "InlineCompletions"], StringComparer.OrdinalIgnoreCase);

    internal static void Apply(IConfiguration configuration, ServerOptions options)
    {
        var section = configuration.GetSection(Section);
        foreach (var setting in section.GetChildren())
        {
            if (!s_known.Contains(setting.Key))
            {
                throw new ServerStartException($"Cannot start: {setting.Path} is not a setting; there are {string.Join(", ", s_known.Order())}.");
            }
        }

        if (section["InlineCompletions"] is { } inline)
        {
            options.InlineCompletions = bool.TryParse(inline, out var value)
                ? value
                : throw new ServerStartException($"Cannot start: {Section}:InlineCompletions is '{inline}', which is neither true nor false.");
        }

        ApplyPrefixes(section.GetSection("Prefixes"), options);
        foreach (var limit in section.GetSection("Limits").GetChildren())
        {
            ApplyLimit(limit, options.Limits);
        }
    }

    private static void ApplyPrefixes(IConfigurationSection section, ServerOptions options)
    {
        // One string in place of the array is what one environment variable gives.
        var prefixes = section.Value is { } single
            ? single.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [.. section.GetChildren().Select(child => child.Value ?? "")];
        if (prefixes.Length > 0)
        {
            options.Prefixes.Clear();
            foreach (var prefix in prefixes)
            {
                options.Prefixes.Add(prefix);
            }
        }
    }

    private static void ApplyLimit(IConfigurationSection setting, ServerLimits limits)
    {
        try
        {
            var value = setting.Value ?? "";
            switch (setting.Key.ToUpperInvariant())
            {
                case "MAXREQUESTLINESIZE": limits.MaxRequestLineSize = Number(value); break;
                case "MAXMETHODSIZE": limits.MaxMethodSize = Number(value); break;
                case "MAXHEADERSECTIONSIZE": limits.MaxHeaderSectionSize = Number(value); break;
                case "MAXFIELDLINES": limits.MaxFieldLines = Number(value); break;
                case "MAXTRAILERSECTIONSIZE": limits.MaxTrailerSectionSize = Number(value); break;
                case "MAXCHUNKLINESIZE": limits.MaxChunkLineSize = Number(value); break;
                case "MAXREQUESTBODYSIZE": limits.MaxRequestBodySize = value.Length == 0 ? null : long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture); break;
                case "MAXDRAINSIZE": limits.MaxDrainSize = Number(value); break;
                case "RESPONSEBUFFERSIZE": limits.ResponseBufferSize = Number(value); break;
                case "MAXCONNECTIONS": limits.MaxConnections = value.Length == 0 ? null : Number(value); break;
                case "MAXCONNECTIONSPERLISTENER": limits.MaxConnectionsPerListener = value.Length == 0 ? null : Number(value); break;
                case "RESERVEDCONNECTIONS": limits.ReservedConnections = Number(value); break;
                case "IDLETIMEOUT": limits.IdleTimeout = Span(value); break;
                case "HEADERSECTIONTIMEOUT": limits.HeaderSectionTimeout = Span(value); break;
                case "MINDATARATE": limits.MinDataRate = Number(value); break;
                case "MINDATARATEGRACE": limits.MinDataRateGrace = Span(value); break;
                case "LINGERTIMEOUT": limits.LingerTimeout = Span(value); break;
                default: throw new ServerStartException($"Cannot start: {setting.Path} is not a setting.");
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new ServerStartException($"Cannot start: {setting.Path} is '{setting.Value}', which is not a value it can have.", e);
        }
    }

    private static int Number(string value) => int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);

    private static TimeSpan Span(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Parse(value, CultureInfo.InvariantCulture);
}

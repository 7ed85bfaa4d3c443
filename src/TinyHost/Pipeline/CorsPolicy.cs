// Owns: validated options of the CORS stage, as its responses need them.

using System.Globalization;

namespace TinyHost;

internal sealed class CorsPolicy
{
    private const string All = "*";

    private readonly HashSet<string> _origins;
    private readonly Func<string, bool>? _isAllowed;

    internal CorsPolicy(CorsOptions options)
    {
        AllowsAll = options.Origins.Contains(All);
        if (options.Origins.Count == 0 && options.IsOriginAllowed is null)
        {
            throw new ArgumentException(
                "The CORS options allow no origin: add one to Origins, such as https://shop.example, or set IsOriginAllowed.",
                nameof(options));
        }

        if (AllowsAll && (options.Origins.Count > 1 || options.IsOriginAllowed is not null))
        {
            throw new ArgumentException("The CORS options allow the origin * and others: * already stands for all.", nameof(options));
        }

        _origins = AllowsAll ? [] : [.. options.Origins.Select(origin => Validate(origin, options))];
        _isAllowed = options.IsOriginAllowed;
        AllowsCredentials = options.AllowsCredentials;
        AllowedMethods = Join(options.AllowedMethods, "a method", options);
        if (options.AllowedMethods.FirstOrDefault(method => method != All && TokenText.WhyUnroutable(method) is not null) is { } unknown)
        {
            throw new ArgumentException($"Not a method: '{unknown}'; {TokenText.WhyUnroutable(unknown)}.", nameof(options));
        }

        AllowedHeaders = Join(options.AllowedHeaders, "the name of a field", options);
        ExposedHeaders = Join(options.ExposedHeaders, "the name of a field", options);
        if (AllowsCredentials && (AllowsAll || new[] { AllowedMethods, AllowedHeaders, ExposedHeaders }.Contains(All)))
        {
            throw new ArgumentException(
                "The CORS options allow credentials together with *, which browsers refuse: list origins, methods and headers.",
                nameof(options));
        }

        if (options.MaxAge is { } age)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(age, TimeSpan.Zero, nameof(options.MaxAge));
            MaxAge = Math.Floor(age.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
        }
    }

    internal bool AllowsAll { get; }

    internal bool AllowsCredentials { get; }

    /// <summary>The value of Access-Control-Allow-Methods; null for none.</summary>
    internal string? AllowedMethods { get; }

    /// <summary>The value of Access-Control-Allow-Headers; null for none.</summary>
    internal string? AllowedHeaders { get; }

    /// <summary>The value of Access-Control-Expose-Headers; null for none.</summary>
    internal string? ExposedHeaders { get; }

    /// <summary>The value of Access-Control-Max-Age; null for none.</summary>
    internal string? MaxAge { get; }

    /// <summary>The value of Access-Control-Allow-Origin for a request with this Origin; null if the response is not shared.</summary>
    internal string? OriginToShareWith(string? origin) =>
        AllowsAll ? All
        : origin is not null && (_origins.Contains(origin) || _isAllowed?.Invoke(origin) == true) ? origin
        : null;

    // Browsers send scheme and host in lower case, without the scheme's own port.
    private static string Validate(string text, CorsOptions options)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw new ArgumentException(
                $"Not an origin: '{text}'; write it as https://shop.example or http://localhost:3000.", nameof(options));
        }

        var host = uri.HostNameType == UriHostNameType.Dns ? uri.IdnHost : uri.Host;
        var origin = $"{uri.Scheme}://{host}{(uri.IsDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"))}";
        return origin == text
            ? text
            : throw new ArgumentException($"Not an origin as browsers send it: '{text}'; write '{origin}'.", nameof(options));
    }

    private static string? Join(IList<string> names, string kind, CorsOptions options)
    {
        foreach (var name in names)
        {
            // An asterisk is a token.
            if (name is null || !TokenText.IsToken(name))
            {
                throw new ArgumentException($"Not {kind}: '{name}'.", nameof(options));
            }
        }

        return names.Contains(All) ? All : names.Count == 0 ? null : string.Join(", ", names);
    }
}

// Owns: the settings of native histograms, below the name of an instrument.
// Does not own: reading a flag or a time (MetricsConfiguration), nor their defaults (NativeHistogramOptions).

using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace TinyHost.Metrics;

internal static class NativeHistogramConfiguration
{
    private static readonly Dictionary<string, Func<IConfigurationSection, NativeHistogramOptions, NativeHistogramOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["BucketFactor"] = (setting, native) => native with { BucketFactor = Factor(setting) },
        ["MaxBuckets"] = (setting, native) => native with { MaxBuckets = MetricsConfiguration.Number(setting, int.MaxValue, "a number of buckets of 1 or more") },
        ["MaxZeroThreshold"] = (setting, native) => native with { MaxZeroThreshold = Threshold(setting) },
        ["MinResetDuration"] = (setting, native) => native with { MinResetDuration = MetricsConfiguration.Span(setting, TimeSpan.Zero) },
        ["ClassicBuckets"] = (setting, native) => native with { ClassicBuckets = MetricsConfiguration.Flag(setting) },
    };

    /// <summary>
    /// Lets the section of an instrument override its options, or the defaults when it has none. The value of the section itself is the bucket
    /// factor. Throws <see cref="ServerStartException"/> for a setting that is none or cannot be read.
    /// </summary>
    internal static void Apply(IConfigurationSection instrument, IDictionary<string, NativeHistogramOptions> options)
    {
        NativeHistogramOptions native = options.TryGetValue(instrument.Key, out NativeHistogramOptions? held) ? held : new NativeHistogramOptions();
        if (instrument.Value is { Length: > 0 })
        {
            native = native with { BucketFactor = Factor(instrument) };
        }

        MetricsConfiguration.Each(instrument, setting =>
        {
            if (!s_settings.TryGetValue(setting.Key, out var read))
            {
                throw new ServerStartException($"Cannot start: {setting.Path} is not a setting; there are {string.Join(", ", s_settings.Keys.Order())}.");
            }

            native = setting.Value == "" ? native : read(setting, native);
        });
        options[instrument.Key] = native;
    }

    private static double Factor(IConfigurationSection setting) =>
        TryRead(setting, out double factor) && factor > 1 ? factor : throw MetricsConfiguration.NotA("a bucket factor above 1, such as 1.1", setting);

    private static double Threshold(IConfigurationSection setting) =>
        TryRead(setting, out double threshold) && threshold >= 0 ? threshold : throw MetricsConfiguration.NotA("a number of 0 or more", setting);

    private static bool TryRead(IConfigurationSection setting, out double value) =>
        double.TryParse(setting.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}

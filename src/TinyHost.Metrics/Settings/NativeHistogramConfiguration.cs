// Owns: the settings of native histograms, below the name of an instrument.
// Does not own: reading a value (Setting), or the settings' defaults (NativeHistogramOptions).

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

internal static class NativeHistogramConfiguration
{
    private static readonly Dictionary<string, Action<Setting, StrongBox<NativeHistogramOptions>>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["BucketFactor"] = (setting, native) => native.Value = native.Value! with { BucketFactor = setting.Real("a bucket factor above 1, such as 1.1", factor => factor > 1) },
        ["MaxBuckets"] = (setting, native) => native.Value = native.Value! with { MaxBuckets = (int)setting.Number(1, what: "a number of buckets") },
        ["MaxZeroThreshold"] = (setting, native) => native.Value = native.Value! with { MaxZeroThreshold = setting.Real("a number of 0 or more", number => number >= 0) },
        ["MinResetDuration"] = (setting, native) => native.Value = native.Value! with { MinResetDuration = setting.Time(orZero: true) },
        ["ClassicBuckets"] = (setting, native) => native.Value = native.Value! with { ClassicBuckets = setting.Flag() },
    };

    /// <summary>
    /// Lets the section of an instrument override its options, or the defaults when it has none. The value of the section itself is the bucket
    /// factor. Throws <see cref="ServerStartException"/> for an unknown setting and for a value that cannot be read.
    /// </summary>
    internal static void Apply(Setting instrument, IDictionary<string, NativeHistogramOptions> options)
    {
        var native = new StrongBox<NativeHistogramOptions>(
            options.TryGetValue(instrument.Name, out var held) ? held : new NativeHistogramOptions());
        instrument.ReadSection(
            s_settings.Keys,
            setting =>
            {
                if (!setting.IsEmpty)
                {
                    s_settings[setting.Name](setting, native);
                }
            },
            factor => s_settings["BucketFactor"](factor, native));
        options[instrument.Name] = native.Value!;
    }
}

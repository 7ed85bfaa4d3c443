// Owns: the descriptors that a worker inherits for its metrics.

using System.Globalization;

namespace TinyHost.Metrics;

/// <summary>The descriptors named in the environment, each of which is taken once.</summary>
internal sealed class WorkerDescriptors
{
    internal const string Variable = "TINYHOST_WORKER_MEMORY";

    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);

    /// <param name="text">Such as <c>57=TinyHost:Metrics;58=TinyHost:Metrics#ask</c>; null for none.</param>
    internal WorkerDescriptors(string? text)
    {
        foreach (var entry in (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && int.TryParse(entry[..equals], NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor))
            {
                _byKey[entry[(equals + 1)..]] = descriptor;
            }
        }
    }

    /// <summary>Those of this process, which programs that it starts do not inherit.</summary>
    internal static WorkerDescriptors OfProcess => field ??= TakeFromEnvironment();

    /// <summary>Takes the descriptor with a key; false if there is none.</summary>
    internal bool TryTake(string key, out int descriptor)
    {
        lock (_byKey)
        {
            return _byKey.Remove(key, out descriptor);
        }
    }

    private static WorkerDescriptors TakeFromEnvironment()
    {
        var descriptors = new WorkerDescriptors(Environment.GetEnvironmentVariable(Variable));
        Environment.SetEnvironmentVariable(Variable, null);
        foreach (var descriptor in descriptors._byKey.Values)
        {
            DescriptorControl.CloseInPrograms(descriptor);
        }

        return descriptors;
    }
}

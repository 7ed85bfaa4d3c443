// Owns: what the stages of the parent share with one worker.

using System.Globalization;
using System.Runtime.InteropServices;

namespace TinyHost.Workers;

internal sealed class SharedMemory
{
    private readonly List<(string Key, IWorkerMemory Memory, SafeHandle Descriptor)> _all = [];

    internal IEnumerable<SafeHandle> Descriptors => _all.Select(one => one.Descriptor);

    /// <summary>The value of <see cref="WorkerVariables.Memory"/>.</summary>
    internal string Variable => string.Join(
        ';', _all.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Descriptor.DangerousGetHandle()}={one.Key}")));

    internal void Add(string key, IWorkerMemory memory, int worker) => _all.Add((key, memory, memory.Create(worker)));

    internal void Started(int processId) => _all.ForEach(one => one.Memory.Started(one.Descriptor, processId));

    internal void Ended() => _all.ForEach(one => one.Memory.Ended(one.Descriptor));
}

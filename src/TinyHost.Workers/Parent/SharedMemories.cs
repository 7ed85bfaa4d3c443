// Owns: which stages of the parent share memory with the workers.

namespace TinyHost.Workers;

/// <summary>Thread-safe.</summary>
internal sealed class SharedMemories
{
    private readonly Lock _lock = new();
    private readonly List<(string Key, IWorkerMemory Memory)> _all = [];

    internal void Add(string key, IWorkerMemory memory)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(memory);
        lock (_lock)
        {
            if (key.Any(c => c == ';' || char.IsControl(c)) || _all.Exists(one => one.Key == key))
            {
                throw new ArgumentException($"'{key}' is shared already, or has a ';' or a control character.", nameof(key));
            }

            _all.Add((key, memory));
        }
    }

    /// <summary>The descriptors for a new worker. Throws whatever a stage throws; then none is left.</summary>
    internal SharedMemory Create(int worker)
    {
        var created = new SharedMemory();
        lock (_lock)
        {
            try
            {
                _all.ForEach(one => created.Add(one.Key, one.Memory, worker));
                return created;
            }
            catch
            {
                created.Ended();
                throw;
            }
        }
    }
}

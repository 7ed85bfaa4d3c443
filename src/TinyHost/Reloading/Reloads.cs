// Owns: loading files again while the server runs: when one changes, and when somebody asks for it.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// The heartbeat ticks, and a thread of the pool looks at the files, because a file system that hangs must not stop the deadlines. A change
/// is taken over at the first tick that finds no further change, so that two files which belong together are both written by then. Only
/// loading waits for loading.
/// </summary>
/// <param name="guard">Logs.</param>
internal sealed partial class Reloads(ObserverGuard guard) : IThreadPoolWorkItem
{
    private readonly Lock _changing = new();
    private readonly Lock _loading = new();
    private volatile Entry[] _entries = [];
    private int _isChecking;

    internal bool IsEmpty => _entries.Length == 0;

    /// <summary>Adds settings that are about to be loaded for the first time.</summary>
    internal void Add(IReloadable settings)
    {
        var entry = new Entry(settings);
        lock (_changing)
        {
            _entries = [.. _entries, entry];
        }
    }

    /// <summary>Adds settings that have been loaded.</summary>
    internal void AddAll(IReadOnlyList<IReloadable> settings)
    {
        foreach (var one in settings)
        {
            Add(one);
        }
    }

    /// <summary>Loads these settings no more, apart from a load that has begun.</summary>
    internal void RemoveAll(IReadOnlyList<IReloadable> settings)
    {
        if (settings.Count > 0)
        {
            lock (_changing)
            {
                _entries = Array.FindAll(_entries, entry => !settings.Contains(entry.Settings));
            }
        }
    }

    /// <summary>The heartbeat ticks.</summary>
    internal void Tick()
    {
        if (!IsEmpty && Interlocked.Exchange(ref _isChecking, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Looks at the files, and loads what has changed.</summary>
    internal void Check() => ForEach(static entry => entry.IsDue());

    /// <summary>Loads everything, changed or not.</summary>
    internal void ReloadAll() => ForEach(static entry => entry.IsDueNow());

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            Check();
        }
        finally
        {
            Volatile.Write(ref _isChecking, 0);
        }
    }

    private void ForEach(Func<Entry, bool> isDue)
    {
        lock (_loading)
        {
            foreach (var entry in _entries)
            {
                try
                {
                    if (_entries.Contains(entry) && isDue(entry))
                    {
                        Reload(entry.Settings);
                    }
                }
#pragma warning disable CA1031 // Reported by the guard: the other settings are still looked after.
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    guard.Failed("Loading settings again", failure);
                }
            }
        }
    }

    private void Reload(IReloadable settings)
    {
        if (settings.Reload() is { } fault)
        {
            LogFailed(guard.Logger, settings.What, fault);
        }
        else
        {
            LogReloaded(guard.Logger, settings.What);
        }
    }

    [LoggerMessage(30, LogLevel.Information, "{What} have been loaded again.")]
    private static partial void LogReloaded(ILogger logger, string what);

    [LoggerMessage(31, LogLevel.Error, "{What} cannot be loaded again and stay as they were: {Fault}.")]
    private static partial void LogFailed(ILogger logger, string what, string fault);

    private sealed class Entry(IReloadable settings)
    {
        private FileStamp[] _seen = StampsOf(settings);
        private object? _version = settings.Version;
        private bool _hasChanged;

        internal IReloadable Settings => settings;

        /// <summary>Whether the files have changed, and not since the last call.</summary>
        internal bool IsDue()
        {
            var now = StampsOf(settings);
            if (!now.AsSpan().SequenceEqual(_seen) || settings.Version != _version)
            {
                _seen = now;
                _version = settings.Version;
                _hasChanged = true;
                return false;
            }

            var isDue = _hasChanged;
            _hasChanged = false;
            return isDue;
        }

        internal bool IsDueNow()
        {
            _seen = StampsOf(settings);
            _version = settings.Version;
            _hasChanged = false;
            return true;
        }

        private static FileStamp[] StampsOf(IReloadable settings) => [.. settings.Files.Select(FileStamp.Of)];
    }
}

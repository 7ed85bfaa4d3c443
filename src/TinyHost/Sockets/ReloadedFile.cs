// Owns: reading a file again when it has changed, and keeping what the last good content said.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// A file that a stage reads when its server starts, and again when it has changed. Content that cannot be used is logged once and changes
/// nothing: what the last good content said stays in force.
/// </summary>
/// <remarks>
/// Outcomes are counted in <c>tinyhost.file.reloads</c>; <c>tinyhost.file.last_reload_successful</c> is 0 while the file's present content
/// is not in use.
/// </remarks>
public sealed class ReloadedFile : IThreadPoolWorkItem, IDisposable
{
    private const string MeterName = "TinyHost";

    private readonly Action<byte[]> _use;
    private readonly ObserverGuard _guard;
    private readonly Meter? _ownMeter;
    private readonly Counter<long> _reloads;
    private readonly Gauge<long> _successful;
    private readonly KeyValuePair<string, object?> _tag;
    private FileStamp _used;
    private FileStamp _seen;
    private string? _reported;
    private int _isChecking;

    /// <summary>
    /// A file that is not read yet. <paramref name="use"/> gets its content, and throws <see cref="FormatException"/> with a sentence for
    /// content that cannot be used. Services may offer a log, a meter factory, and the folder that a relative path starts from
    /// (<see cref="IHostEnvironment.ContentRootPath"/>; without it, the current directory).
    /// </summary>
    public ReloadedFile(string path, Action<byte[]> use, IServiceProvider? services = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(use);
        Path = FullPath(path, services);
        _use = use;
        _guard = ObserverGuard.Create(() => services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory, "TinyHost.Files");
        var factory = services?.GetService(typeof(IMeterFactory)) as IMeterFactory;
        var meter = factory?.Create(MeterName) ?? (_ownMeter = new Meter(MeterName));
        _reloads = meter.CreateCounter<long>("tinyhost.file.reloads", "{reload}", "Number of times a changed file was read, by outcome.");
        _successful = meter.CreateGauge<long>(
            "tinyhost.file.last_reload_successful", unit: null, "Whether the present content of a file is in use: 1 or 0.");
        _tag = new("file", System.IO.Path.GetFileName(Path));
    }

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    /// <summary>The full path of a file: a relative path starts from the content root of the services, or the current directory.</summary>
    public static string FullPath(string path, IServiceProvider? services) =>
        System.IO.Path.GetFullPath(
            path, (services?.GetService(typeof(IHostEnvironment)) as IHostEnvironment)?.ContentRootPath ?? Environment.CurrentDirectory);

    /// <summary>Reads the file. Throws <see cref="ServerStartException"/> with a sentence if it cannot be read or used.</summary>
    public void Load()
    {
        _used = _seen = FileStamp.Of(Path);
        if (TryUse() is { } fault)
        {
            throw new ServerStartException("Cannot start: " + fault);
        }

        Record(isSuccessful: true);
    }

    /// <summary>
    /// Looks whether the file has changed, on the thread pool, and if so reads it once it has stayed the same from one call to the next.
    /// For <see cref="Stage.Ticked"/>.
    /// </summary>
    public void Check()
    {
        if (Interlocked.Exchange(ref _isChecking, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            CheckNow();
        }
#pragma warning disable CA1031 // Reported by the guard: an exception that leaves a work item ends the process.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _guard.Failed($"The reload of {Path}", failure);
        }
        finally
        {
            Volatile.Write(ref _isChecking, 0);
        }
    }

    /// <summary>Ends the series of the file if no meter factory keeps them.</summary>
    public void Dispose() => _ownMeter?.Dispose();

    private void CheckNow()
    {
        var stamp = FileStamp.Of(Path);
        if (stamp == _used)
        {
            return;
        }

        // A file that is being written is read when it is whole.
        if (stamp != _seen)
        {
            _seen = stamp;
            return;
        }

        _used = stamp;
        var fault = TryUse();
        Record(fault is null);
        _reloads.Add(1, _tag, new("outcome", fault is null ? "success" : "failure"));
        if (fault is null)
        {
            FileLog.Reloaded(_guard.Logger, Path);
        }
        else if (fault != _reported)
        {
            FileLog.NotReloaded(_guard.Logger, fault);
        }

        _reported = fault;
    }

    private void Record(bool isSuccessful) => _successful.Record(isSuccessful ? 1 : 0, _tag);

    // The fault as a sentence; null for none.
    private string? TryUse()
    {
        try
        {
            _use(File.ReadAllBytes(Path));
            return null;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"{Path}: no such file.";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
        {
            return $"{Path}: {failure.Message}";
        }
    }
}

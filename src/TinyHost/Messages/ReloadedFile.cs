// Owns: a file of a stage: reading it, and what the outcome says.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace TinyHost;

/// <summary>
/// A file that a stage reads when its server starts, and that the server reads again when it has changed, or on SIGHUP
/// (<see cref="Stage.ReloadedFiles"/>). Content that cannot be used is logged and changes nothing: what the last good content said stays in
/// force. It must be a regular file of at most 64 MiB.
/// </summary>
/// <remarks>
/// Outcomes are counted in <c>tinyhost.file.reloads</c>; <c>tinyhost.file.last_reload_successful</c> is 0 while the file's present content
/// is not in use.
/// </remarks>
public sealed class ReloadedFile : IReloadable, IDisposable
{
    private const string MeterName = "TinyHost";
    // 64 MiB: a wrong path must not fill the memory.
    private const int MaxSize = 67_108_864;

    private readonly Action<byte[]> _use;
    private readonly Lock _lock = new();
    private readonly Meter? _ownMeter;
    private readonly Counter<long> _reloads;
    private readonly Gauge<long> _successful;
    private readonly KeyValuePair<string, object?> _tag;

    /// <summary>
    /// A file that is not read yet. <paramref name="use"/> gets its content, and throws <see cref="FormatException"/> with a sentence for
    /// content that cannot be used. Services may offer a meter factory, and the folder that a relative path starts from
    /// (<see cref="IHostEnvironment.ContentRootPath"/>; without it, the current directory).
    /// </summary>
    public ReloadedFile(string path, Action<byte[]> use, IServiceProvider? services = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(use);
        Path = FullPath(path, services);
        _use = use;
        var factory = services?.GetService(typeof(IMeterFactory)) as IMeterFactory;
        var meter = factory?.Create(MeterName) ?? (_ownMeter = new Meter(MeterName));
        _reloads = meter.CreateCounter<long>("tinyhost.file.reloads", "{reload}", "Number of times a changed file was read, by outcome.");
        _successful = meter.CreateGauge<long>(
            "tinyhost.file.last_reload_successful", unit: null, "Whether the present content of a file is in use: 1 or 0.");
        _tag = new("file", System.IO.Path.GetFileName(Path));
    }

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    string IReloadable.What => $"The settings in {Path}";

    IReadOnlyList<string> IReloadable.Files => [Path];

    /// <summary>The full path of a file: a relative path starts from the content root of the services, or the current directory.</summary>
    public static string FullPath(string path, IServiceProvider? services) =>
        System.IO.Path.GetFullPath(
            path, (services?.GetService(typeof(IHostEnvironment)) as IHostEnvironment)?.ContentRootPath ?? Environment.CurrentDirectory);

    /// <summary>Reads the file. Throws <see cref="ServerStartException"/> with a sentence if it cannot be read or used.</summary>
    public void Load()
    {
        if (TryUse() is { } fault)
        {
            throw new ServerStartException($"Cannot start: {Path}: {fault}.");
        }
    }

    string? IReloadable.Reload()
    {
        var fault = TryUse();
        _reloads.Add(1, _tag, new("outcome", fault is null ? "success" : "failure"));
        return fault;
    }

    /// <summary>Ends the series of the file if no meter factory keeps them.</summary>
    public void Dispose() => _ownMeter?.Dispose();

    // The fault as the end of a sentence; null for none. Several servers may share the file.
    private string? TryUse()
    {
        lock (_lock)
        {
            var fault = Use();
            _successful.Record(fault is null ? 1 : 0, _tag);
            return fault;
        }
    }

    private string? Use()
    {
        try
        {
            _use(BoundedFile.Read(Path, MaxSize));
            return null;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return "no such file";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
        {
            return failure.Message.TrimEnd('.');
        }
    }
}

// Owns: a worker's link to the parent that exposes its metrics: shared memory, and answers.

using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace TinyHost.Metrics;

/// <summary>The link of one metrics stage of a worker, for as long as the process lives.</summary>
internal sealed class WorkerLink
{
    private const string AskSuffix = "#ask";

    private readonly WorkerAnswers _answers;

    /// <param name="memory">The file of the shared memory, which may be closed afterwards.</param>
    /// <param name="parent">The socket on which the parent asks.</param>
    /// <param name="logger">The log.</param>
    internal WorkerLink(SafeFileHandle memory, Socket parent, ILogger logger)
    {
        Segment = new SharedSegment(
            new MappedMemory(memory, SharedFormat.SegmentLength), () => Log.SharedMemoryFull(logger));
        _answers = new WorkerAnswers(parent, logger);
        _ = _answers.RunAsync();
    }

    /// <summary>The shared memory.</summary>
    internal SharedSegment Segment { get; }

    /// <summary>The key under which a parent shares memory for the stage with these settings.</summary>
    internal static string MemoryKey(string settings) => settings;

    /// <summary>The key of the connection on which the parent asks.</summary>
    internal static string AskKey(string settings) => settings + AskSuffix;

    /// <summary>The link that a parent has given to the stage with these settings; null if there is none.</summary>
    internal static WorkerLink? TryOpen(WorkerDescriptors descriptors, string settings, ILogger logger)
    {
        if (!descriptors.TryTake(MemoryKey(settings), out var memory) || !descriptors.TryTake(AskKey(settings), out var socket))
        {
            return null;
        }

        using var file = new SafeFileHandle(memory, ownsHandle: true);
        return new WorkerLink(file, SocketPair.Take(socket), logger);
    }

    /// <summary>Says what the parent gets from now on; null if no server runs.</summary>
    internal void Use(AnswerSource? source) => _answers.Use(source);
}

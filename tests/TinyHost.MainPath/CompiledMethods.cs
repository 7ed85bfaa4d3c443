// Owns: recording which methods the runtime compiles, in order.

using System.Diagnostics.Tracing;

namespace TinyHost.MainPath;

/// <summary>
/// Each method is compiled when it first runs, so what is compiled between two moments shows what ran for the first time between them.
/// Nothing is inlined before a method has run often.
/// </summary>
internal sealed class CompiledMethods : EventListener
{
    private const EventKeywords Jit = (EventKeywords)0x10;

    private readonly List<CompiledMethod> _methods = [];
    private readonly List<Waiter> _waiters = [];

    /// <summary>How many methods have been compiled so far.</summary>
    internal int Count
    {
        get
        {
            lock (_methods)
            {
                return _methods.Count;
            }
        }
    }

    /// <summary>The methods compiled from position <paramref name="start"/> to before <paramref name="end"/>.</summary>
    internal IReadOnlyList<CompiledMethod> Between(int start, int end)
    {
        lock (_methods)
        {
            return _methods[start..end];
        }
    }

    /// <summary>Ends when a method that matches has been reported. Methods are reported a little later than they are compiled.</summary>
    internal Task UntilAsync(Predicate<CompiledMethod> isMatch)
    {
        lock (_methods)
        {
            if (_methods.Exists(isMatch))
            {
                return Task.CompletedTask;
            }

            var waiter = new Waiter(isMatch, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
            return waiter.Done.Task;
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Verbose, Jit);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) != true)
        {
            return;
        }

        object? Value(string name) => eventData.Payload![eventData.PayloadNames!.IndexOf(name)];
        var method = new CompiledMethod((string)Value("MethodNamespace")!, (string)Value("MethodName")!, (int)(uint)Value("MethodToken")!);
        lock (_methods)
        {
            _methods.Add(method);
            foreach (var waiter in _waiters.FindAll(waiter => waiter.IsMatch(method)))
            {
                _waiters.Remove(waiter);
                waiter.Done.SetResult();
            }
        }
    }

    private sealed record Waiter(Predicate<CompiledMethod> IsMatch, TaskCompletionSource Done);
}

/// <summary>A compiled method.</summary>
/// <param name="Type">The full name of its type.</param>
/// <param name="Name">Its name.</param>
/// <param name="Token">Its metadata token.</param>
internal readonly record struct CompiledMethod(string Type, string Name, int Token);

// Owns: the lines a process has printed so far, and waiting for one of them.

namespace TinyHost.EndToEnd.Support;

/// <summary>Thread-safe.</summary>
internal sealed class OutputLines
{
    private readonly List<string> _lines = [];
    private TaskCompletionSource _more = NewSource();
    private bool _ended;

    /// <summary>Adds a line; null marks the end.</summary>
    public void Add(string? line)
    {
        TaskCompletionSource more;
        lock (_lines)
        {
            if (line is null)
            {
                _ended = true;
            }
            else
            {
                _lines.Add(line);
            }

            more = _more;
            _more = NewSource();
        }

        more.SetResult();
    }

    /// <summary>Waits for the first line that contains the text. Null if the output ends without one.</summary>
    public async Task<string?> FirstAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_lines)
            {
                var found = _lines.Find(line => line.Contains(text, StringComparison.Ordinal));
                if (found is not null || _ended)
                {
                    return found;
                }

                more = _more.Task;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    public override string ToString()
    {
        lock (_lines)
        {
            return string.Join('\n', _lines);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

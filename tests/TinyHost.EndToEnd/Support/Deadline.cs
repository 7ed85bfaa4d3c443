// Owns: how long a test waits for another process, and polling for a state that process does not announce.

namespace TinyHost.EndToEnd.Support;

internal static class Deadline
{
    /// <summary>Far longer than anything here takes. It only turns a hang into a failure.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromMinutes(5);

    /// <summary>A source that is cancelled at the deadline or with the test.</summary>
    public static CancellationTokenSource Start()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Limit);
        return source;
    }

    /// <summary>
    /// Reads a value repeatedly until it satisfies the condition, and returns it. <paramref name="read"/> may throw
    /// <see cref="HttpRequestException"/>. At the deadline the exception says that this waited for <paramref name="description"/>.
    /// </summary>
    public static async Task<T> UntilAsync<T>(string description, Func<Task<T>> read, Func<T, bool> condition)
    {
        using var deadline = Start();
        var last = "nothing";
        try
        {
            while (true)
            {
                try
                {
                    var value = await read();
                    if (condition(value))
                    {
                        return value;
                    }

                    last = $"{value}";
                }
                catch (HttpRequestException e)
                {
                    last = e.Message;
                }

                await Task.Delay(50, deadline.Token);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Waited {Limit} for {description}. Last value: {last}");
        }
    }
}

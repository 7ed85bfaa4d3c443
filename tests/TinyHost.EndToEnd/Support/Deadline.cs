// Owns: how long a test waits for another process before it fails, and waiting for a state that process does not announce.
// Does not own: any claim about time: the deadline only turns a hang into a failure.

namespace TinyHost.EndToEnd.Support;

internal static class Deadline
{
    /// <summary>Far beyond what anything here takes, on the slowest machine.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromMinutes(2);

    /// <summary>Cancelled when the test is, or at the deadline.</summary>
    public static CancellationTokenSource Start()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Limit);
        return source;
    }

    /// <summary>Asks again and again until the answer is one that is wanted. <paramref name="ask"/> may throw what <see cref="HttpClient"/> throws.</summary>
    public static async Task<T> UntilAsync<T>(string what, Func<Task<T>> ask, Func<T, bool> isWanted)
    {
        using var deadline = Start();
        var last = "nothing";
        try
        {
            while (true)
            {
                try
                {
                    var answer = await ask();
                    if (isWanted(answer))
                    {
                        return answer;
                    }

                    last = $"{answer}";
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
            throw new TimeoutException($"Waited {Limit} for {what}; the last answer was: {last}");
        }
    }
}

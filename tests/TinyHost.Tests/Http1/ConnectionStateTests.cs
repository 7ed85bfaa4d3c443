// Owns: tests of ConnectionState.

namespace TinyHost.Tests;

/// <summary>Every transition of the table in docs/architecture.md, and what it forbids.</summary>
public sealed class ConnectionStateTests
{
    // The steps, by their names in the table.
    private static readonly Dictionary<string, Action<ConnectionState>> s_steps = new()
    {
        ["BeginRequest"] = state => state.BeginRequest(hasContent: false, isPersistent: true),
        ["BeginRequest with content"] = state => state.BeginRequest(hasContent: true, isPersistent: true),
        ["Refuse"] = state => state.Refuse(CloseReason.RequestRejected),
        ["EndContent"] = state => state.EndContent(),
        ["EndReading"] = state => state.EndReading(CloseReason.ClosedByPeer),
        ["StartResponse"] = state => state.StartResponse(),
        ["WriteContent"] = state => state.WriteContent(),
        ["Upgrade"] = state => state.Upgrade(),
        ["EndResponse"] = state => state.EndResponse(),
        ["EndPersistence"] = state => state.EndPersistence(),
        ["NextRequest"] = state => state.NextRequest(),
    };

    // The steps that lead to a state, the state, and the steps allowed there. Every other step must throw.
    public static TheoryData<string, string, string> Table => new()
    {
        { "", "Head Done", "BeginRequest, BeginRequest with content, Refuse, EndReading, EndPersistence" },
        { "BeginRequest", "Drained Nothing", "EndReading, StartResponse, Upgrade, EndPersistence" },
        { "BeginRequest with content", "Content Nothing", "EndContent, EndReading, StartResponse, EndPersistence" },
        { "BeginRequest with content, EndContent", "Drained Nothing", "EndReading, StartResponse, Upgrade, EndPersistence" },
        { "BeginRequest, StartResponse", "Drained Head", "EndReading, WriteContent, EndResponse, EndPersistence" },
        { "BeginRequest, StartResponse, WriteContent", "Drained Content", "EndReading, WriteContent, EndResponse, EndPersistence" },
        { "BeginRequest, StartResponse, EndResponse", "Drained Done", "EndReading, EndPersistence, NextRequest" },
        {
            "BeginRequest, StartResponse, EndResponse, NextRequest",
            "Head Done",
            "BeginRequest, BeginRequest with content, Refuse, EndReading, EndPersistence"
        },
        { "BeginRequest with content, StartResponse, EndResponse", "Content Done", "EndContent, EndReading, EndPersistence" },
        { "BeginRequest with content, StartResponse, EndResponse, EndContent", "Drained Done", "EndReading, EndPersistence, NextRequest" },
        { "BeginRequest with content, EndReading", "Ended Nothing", "EndReading, StartResponse, EndPersistence" },
        { "BeginRequest, EndPersistence, StartResponse, EndResponse", "Drained Done", "EndReading, EndPersistence" },
        { "BeginRequest, Upgrade", "Ended Upgraded", "EndReading, EndPersistence" },
        { "Refuse", "Ended Nothing", "EndReading, StartResponse, EndPersistence" },
        { "Refuse, StartResponse, WriteContent, EndResponse", "Ended Done", "EndReading, EndPersistence" },
        { "EndReading", "Ended Done", "EndReading, EndPersistence" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void From_each_state_exactly_the_steps_of_the_table_are_allowed(string way, string reached, string allowed)
    {
        var state = Reach(way);
        Assert.Equal(reached, $"{state.Reading} {state.Writing}");

        var possible = s_steps.Keys.Where(step => Record.Exception(() => s_steps[step](Reach(way))) is null);
        Assert.Equal(allowed.Split(", ").Order(), possible.Order());
    }

    [Fact]
    public void A_refused_step_names_the_state_and_changes_nothing()
    {
        var state = Reach("BeginRequest");
        var refusal = Assert.Throws<InvalidOperationException>(state.NextRequest);
        Assert.Contains("reads Drained, writes Nothing", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((Reading.Drained, Writing.Nothing), (state.Reading, state.Writing));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("BeginRequest", true)]
    [InlineData("BeginRequest, EndPersistence", false)]
    [InlineData("BeginRequest with content, EndReading", false)]
    [InlineData("BeginRequest, Upgrade", false)]
    [InlineData("Refuse", false)]
    public void A_connection_persists_until_a_step_ends_persistence(string way, bool persists) =>
        Assert.Equal(persists, Reach(way).IsPersistent);

    [Fact]
    public void A_request_that_is_not_persistent_is_the_last()
    {
        var state = new ConnectionState();
        state.BeginRequest(hasContent: false, isPersistent: false);
        state.StartResponse();
        state.EndResponse();
        Assert.False(state.IsPersistent);
        Assert.Throws<InvalidOperationException>(state.NextRequest);
    }

    [Fact]
    public void The_first_reason_to_close_is_kept()
    {
        var state = new ConnectionState();
        state.RecordCloseReason(CloseReason.None);
        Assert.Equal(CloseReason.None, state.CloseReason);
        state.RecordCloseReason(CloseReason.ResponseTooSlow);
        state.RecordCloseReason(CloseReason.ResetByPeer);
        state.EndReading(CloseReason.ClosedByPeer);
        Assert.Equal(CloseReason.ResponseTooSlow, state.CloseReason);
    }

    [Fact]
    public void Only_a_running_handler_has_rights()
    {
        var state = new ConnectionState();
        var generation = state.Generation;
        AssertEnded(() => state.EnterRead(generation));
        AssertEnded(() => state.EnterWrite(generation));
        AssertEnded(() => state.ThrowIfEnded(generation));

        state.GrantToHandler();
        state.ThrowIfEnded(generation);
        state.EnterRead(generation);
        state.ExitRead();
        state.EnterWrite(generation);
        state.ExitWrite();
        Assert.Equal(LeftBehind.Nothing, state.RevokeFromHandler());

        AssertEnded(() => state.EnterRead(generation));
        AssertEnded(() => state.EnterWrite(generation));
        AssertEnded(() => state.ThrowIfEnded(generation));
    }

    [Fact]
    public void Each_half_allows_one_operation_at_a_time_independently_of_the_other()
    {
        var state = new ConnectionState();
        state.GrantToHandler();
        state.EnterRead(state.Generation);
        AssertRefused("A read of the content is pending", () => state.EnterRead(state.Generation));
        state.EnterWrite(state.Generation);
        AssertRefused("A write of the response is pending", () => state.EnterWrite(state.Generation));
        state.ExitRead();
        state.EnterRead(state.Generation);
        state.ExitRead();
        state.ExitWrite();
        Assert.False(state.WasUsedAfterEnd);
        Assert.Equal(LeftBehind.Nothing, state.RevokeFromHandler());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Operations_left_pending_are_reported_and_can_be_awaited(bool read, bool write)
    {
        var state = new ConnectionState();
        state.GrantToHandler();
        if (read)
        {
            state.EnterRead(state.Generation);
        }

        if (write)
        {
            state.EnterWrite(state.Generation);
        }

        Assert.Equal((read ? LeftBehind.Read : 0) | (write ? LeftBehind.Write : 0), state.RevokeFromHandler());
        Assert.Throws<InvalidOperationException>(state.GrantToHandler);
        Assert.Throws<InvalidOperationException>(state.Renew);
        var released = state.UntilReleasedAsync().AsTask();
        if (read)
        {
            Assert.False(released.IsCompleted);
            state.ExitRead();
        }

        if (write)
        {
            Assert.False(released.IsCompleted);
            state.ExitWrite();
        }

        await released;
        Assert.False(state.IsAnyPending);
        await state.UntilReleasedAsync();
    }

    [Fact]
    public void Objects_of_an_earlier_generation_have_no_rights_while_a_later_handler_runs()
    {
        var state = new ConnectionState();
        var earlier = state.Generation;
        state.GrantToHandler();
        state.RevokeFromHandler();
        state.Renew();
        Assert.NotEqual(earlier, state.Generation);
        state.GrantToHandler();
        AssertEnded(() => state.EnterRead(earlier));
        AssertEnded(() => state.EnterWrite(earlier));
        AssertEnded(() => state.ThrowIfEnded(earlier));
        state.EnterRead(state.Generation);
        state.ExitRead();
    }

    [Fact]
    public void A_use_of_objects_of_an_earlier_generation_does_not_renew_the_current_ones()
    {
        var state = new ConnectionState();
        var earlier = state.Generation;
        state.GrantToHandler();
        state.RevokeFromHandler();
        state.Renew();
        AssertEnded(() => state.EnterRead(earlier));
        AssertEnded(() => state.EnterWrite(earlier));
        AssertEnded(() => state.ThrowIfEnded(earlier));
        AssertEnded(() => state.ThrowIfRenewed(earlier));
        Assert.False(state.WasUsedAfterEnd);
    }

    [Fact]
    public void A_use_after_the_end_is_remembered_until_the_objects_are_renewed()
    {
        var state = new ConnectionState();
        state.GrantToHandler();
        state.RevokeFromHandler();
        Assert.False(state.WasUsedAfterEnd);
        AssertEnded(() => state.EnterWrite(state.Generation));
        Assert.True(state.WasUsedAfterEnd);
        state.Renew();
        Assert.False(state.WasUsedAfterEnd);
    }

    [Fact]
    public void Revoking_overlooks_no_operation_that_begins_meanwhile()
    {
        for (var i = 0; i < 2_000; i++)
        {
            var state = new ConnectionState();
            state.GrantToHandler();
            var entered = 0;
            var left = LeftBehind.Nothing;
            Parallel.Invoke(
                () =>
                {
                    try
                    {
                        state.EnterWrite(state.Generation);
                        entered = 1;
                    }
                    catch (InvalidOperationException)
                    {
                        // Too late.
                        entered = 2;
                    }
                },
                () => left = state.RevokeFromHandler());
            Assert.Equal(entered == 1, left == LeftBehind.Write);
            Assert.NotEqual(0, entered);
        }
    }

    private static void AssertEnded(Action step) => AssertRefused("The request has ended", step);

    private static void AssertRefused(string why, Action step) =>
        Assert.StartsWith(why, Assert.Throws<InvalidOperationException>(step).Message, StringComparison.Ordinal);

    private static ConnectionState Reach(string way)
    {
        var state = new ConnectionState();
        foreach (var step in way.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            s_steps[step](state);
        }

        return state;
    }
}

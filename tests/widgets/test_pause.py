from __future__ import annotations

import asyncio

from crmplan.widgets.pause import AfterPause


def test_many_keys_are_one_action() -> None:
    async def type_quickly() -> list[int]:
        done: list[int] = []
        action = AfterPause(lambda: done.append(1), pause_seconds=0.02, longest_seconds=5)
        for _ in range(5):
            action()
            await asyncio.sleep(0)
        assert done == []
        await asyncio.sleep(0.1)
        return done

    assert asyncio.run(type_quickly()) == [1]


def test_somebody_who_never_pauses_is_kept_all_the_same() -> None:
    async def type_on() -> list[int]:
        done: list[int] = []
        action = AfterPause(lambda: done.append(1), pause_seconds=0.05, longest_seconds=0.1)
        for _ in range(20):
            action()
            await asyncio.sleep(0.02)
        return done

    assert len(asyncio.run(type_on())) >= 2


def test_what_waits_can_be_done_now_and_once() -> None:
    async def leave() -> list[int]:
        done: list[int] = []
        action = AfterPause(lambda: done.append(1), pause_seconds=0.02)
        action()
        action.now()
        action.now()
        await asyncio.sleep(0.05)
        return done

    assert asyncio.run(leave()) == [1]

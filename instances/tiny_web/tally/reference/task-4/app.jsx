import { useState } from 'preact/hooks'
import { kept, keep } from './store.js'

export function App() {
  const [players, setPlayers] = useState(kept)
  const [refused, setRefused] = useState('')

  function update(changed) {
    keep(changed)
    setPlayers(changed)
  }

  function join(name) {
    if (players.some((player) => player.name.toLowerCase() === name.toLowerCase())) {
      setRefused(name)
      return false
    }
    setRefused('')
    update([...players, { name, points: 0 }])
    return true
  }

  function change(name, by) {
    update(players.map((one) => (one.name === name ? { ...one, points: one.points + by } : one)))
  }

  function begin() {
    if (confirm('Begin a new game?')) update(players.map((one) => ({ ...one, points: 0 })))
  }

  return (
    <>
      <h1>Tally</h1>
      <Joining join={join} />
      {refused && <p role="alert">{refused} has joined already</p>}
      <button disabled={players.every((one) => one.points === 0)} onClick={begin}>New game</button>
      <Table players={players} change={change} />
    </>
  )
}

function Joining({ join }) {
  function submit(event) {
    event.preventDefault()
    const field = event.target.elements.player
    const name = field.value.trim()
    if (name && join(name)) field.value = ''
  }
  return (
    <form onSubmit={submit}>
      <label>Player <input name="player" autocomplete="off" /></label>
      <button>Join</button>
    </form>
  )
}

function Table({ players, change }) {
  if (players.length === 0) return <p>Nobody has joined yet</p>
  const ranked = players.toSorted((one, other) => other.points - one.points)
  const alone = ranked[0].points > (ranked[1]?.points ?? 0)
  return (
    <table>
      <thead><tr><th scope="col">Player</th><th scope="col">Points</th><td /></tr></thead>
      <tbody>
        {ranked.map(({ name, points }, at) => (
          <tr key={name} data-leader={alone && at === 0 ? '' : undefined}>
            <th scope="row">{name}</th>
            <td>{points}</td>
            <td>
              <button aria-label={`A point for ${name}`} onClick={() => change(name, 1)}>+1</button>
              <button aria-label={`A point less for ${name}`} disabled={points === 0} onClick={() => change(name, -1)}>
                -1
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

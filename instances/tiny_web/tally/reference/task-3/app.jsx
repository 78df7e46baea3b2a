import { useState } from 'preact/hooks'

export function App() {
  const [players, setPlayers] = useState([])
  const [refused, setRefused] = useState('')

  function join(name) {
    if (players.some((player) => player.name.toLowerCase() === name.toLowerCase())) {
      setRefused(name)
      return false
    }
    setRefused('')
    setPlayers([...players, { name, points: 0 }])
    return true
  }

  function change(name, by) {
    setPlayers(players.map((one) => (one.name === name ? { ...one, points: one.points + by } : one)))
  }

  return (
    <>
      <h1>Tally</h1>
      <Joining join={join} />
      {refused && <p role="alert">{refused} has joined already</p>}
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

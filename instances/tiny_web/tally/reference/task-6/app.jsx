import { useEffect, useState } from 'preact/hooks'
import { kept, keep } from './store.js'
import { History } from './history.jsx'

export function App() {
  const [{ players, changes }, setGame] = useState(kept)
  const [refused, setRefused] = useState('')
  const view = useView()
  useEffect(() => {
    const follow = () => setGame(kept())
    addEventListener('storage', follow)
    return () => removeEventListener('storage', follow)
  }, [])

  function update(changed) {
    keep(changed)
    setGame(changed)
  }

  function join(name) {
    if (players.some((player) => player.name.toLowerCase() === name.toLowerCase())) {
      setRefused(name)
      return false
    }
    setRefused('')
    update({ players: [...players, { name, points: 0 }], changes })
    return true
  }

  function change(name, by) {
    update({ players: changed(players, name, by), changes: [{ name, by }, ...changes] })
  }

  function undo() {
    const [{ name, by }, ...before] = changes
    update({ players: changed(players, name, -by), changes: before })
  }

  function begin() {
    if (confirm('Begin a new game?')) update({ players: players.map((one) => ({ ...one, points: 0 })), changes: [] })
  }

  return (
    <>
      <Links view={view} />
      <h1>Tally</h1>
      <button disabled={changes.length === 0} onClick={undo}>Undo</button>
      {view === 'history' ? (
        <History changes={changes} />
      ) : (
        <>
          <Joining join={join} />
          {refused && <p role="alert">{refused} has joined already</p>}
          <button disabled={players.every((one) => one.points === 0)} onClick={begin}>New game</button>
          <Table players={players} change={change} />
        </>
      )}
    </>
  )
}

function changed(players, name, by) {
  return players.map((one) => (one.name === name ? { ...one, points: one.points + by } : one))
}

function useView() {
  const here = () => (location.hash === '#/history' ? 'history' : 'game')
  const [view, setView] = useState(here)
  useEffect(() => {
    const follow = () => setView(here())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return view
}

function Links({ view }) {
  const current = (name) => (name === view ? 'page' : undefined)
  return (
    <nav>
      <a href="#/" aria-current={current('game')}>Game</a> <a href="#/history" aria-current={current('history')}>History</a>
    </nav>
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
